using System.Reflection;
using HmacFileServer.Http;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

public sealed class RefusalTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Fact]
    public void Every_refusal_has_a_test_that_provokes_it()
    {
        var codes = typeof(Refusal).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.FieldType == typeof(Refusal))
            .Select(field => ((Refusal)field.GetValue(null)!).Code)
            .ToArray();

        var provoked = typeof(RefusalTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttributes<FactAttribute>().Any())
            .SelectMany(method => method.GetCustomAttributes<ProvokesAttribute>())
            .Select(provokes => provokes.Code)
            .Distinct();

        codes.Should().OnlyHaveUniqueItems();
        provoked.Should().BeEquivalentTo(codes);
    }

    [Fact]
    public async Task A_put_is_told_why_in_one_sentence_of_plain_text()
    {
        await using var server = await TestServer.StartAsync();

        var put = await server.PutAsync("/a/b.txt", Hello, "Origin: https://chat.example");

        put.StatusLine.Should().Be("HTTP/1.1 403 Forbidden");
        put["Content-Type"].Should().Be("text/plain; charset=utf-8");
        put.Text.Should().Be("The URL carries no signature.\n");
        put["X-Refusal"].Should().Be("unsigned");
        put["Access-Control-Allow-Origin"].Should().Be("*");
        put["Access-Control-Expose-Headers"].Should().Contain("X-Refusal");
        server.ExpectLeft();
    }

    [Theory]
    [Provokes("not-found")]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task A_download_is_refused_with_an_empty_body(string method)
    {
        await using var server = await TestServer.StartAsync();

        var get = await server.SendAsync($"{method} /a/b.txt HTTP/1.1", "Origin: https://chat.example");

        get.StatusLine.Should().Be("HTTP/1.1 404 Not Found");
        (get["Content-Length"], get["Content-Type"], get["X-Refusal"]).Should().Be(("0", null, "not-found"));
        get["Access-Control-Allow-Origin"].Should().Be("*");
        server.Metrics.Sum("hfs.refusals", "code=not-found").Should().Be(1);
    }

    [Theory]
    [InlineData("/a/%2e%2e?v=00", "", "400 Bad Request")]
    [InlineData("/a/b.txt", "", "403 Forbidden")]
    [InlineData("/a/b.txt?v=00", "", "403 Forbidden")]
    [InlineData("big", "", "413 Payload Too Large")]
    [InlineData("blocked", "", "415 Unsupported Media Type")]
    public async Task A_client_that_waits_for_100_is_refused_before_it_sends_its_body(
        string target, string header, string status)
    {
        await using var server = await TestServer.StartAsync(
            "max_upload_size = 5", more: "[uploads]\nblocked_extensions = [\"exe\"]");
        await using var wire = await server.ConnectAsync();
        var length = target == "big" ? 6 : 5;
        target = target switch
        {
            "big" => SignedUrls.V("a/b", 6),
            "blocked" => SignedUrls.V("a/b.EXE", 5),
            _ => target,
        };

        await wire.SendAsync(
            $"PUT {target} HTTP/1.1", "Host: h", $"Content-Length: {length}", "Expect: 100-continue" + header);

        var answer = await wire.ReadAsync();
        (answer.StatusLine, answer["Connection"]).Should().Be(
            ("HTTP/1.1 " + status, "close"), "what follows is neither body nor request");
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_client_that_waits_for_100_gets_it_when_it_may_send()
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(
            $"PUT {SignedUrls.V("a/b.txt", 5)} HTTP/1.1", "Host: h", "Content-Length: 5", "Expect: 100-continue");
        var answer = await wire.ReadAsync();
        await wire.SendAsync(Hello);

        answer.StatusLine.Should().Be("HTTP/1.1 100 Continue");
        (await wire.ReadAsync()).Status.Should().Be(201);
    }

    [Fact]
    public async Task No_1xx_is_sent_that_was_not_asked_for()
    {
        await using var server = await TestServer.StartAsync();

        var put = await server.PutAsync(
            SignedUrls.V("a/b.txt", 5), Hello, "Upload-Draft-Interop-Version: 8", "Upload-Complete: ?1");

        put.Status.Should().Be(201);
    }

    [Fact]
    [Provokes("length-required")]
    public async Task A_body_of_unknown_length_needs_a_token()
    {
        await using var server = await TestServer.StartAsync();
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync($"PUT {SignedUrls.V("a/b.txt", 5)} HTTP/1.1", "Host: h", "Transfer-Encoding: chunked",
            "Expect: 100-continue");

        var answer = await wire.ReadAsync();
        (answer.StatusLine, answer["X-Refusal"]).Should().Be(("HTTP/1.1 411 Length Required", "length-required"));
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_refused_upload_hears_why_though_it_sends_all_the_same()
    {
        await using var server = await TestServer.StartAsync();

        for (var i = 0; i < 5; i++)
        {
            var put = await server.PutAsync("/a/b.txt?v=00", new byte[8 << 20]);

            (put.Status, put.Text).Should().Be((403, "The signature does not match.\n"));
        }

        server.ExpectLeft();
    }

    [Fact]
    [Provokes("internal")]
    public async Task An_error_of_the_server_is_500_and_says_nothing_of_its_inside()
    {
        var clock = new BrokenClock();
        await using var server = await TestServer.StartAsync(clock: clock);
        clock.Broken = true;

        var put = await server.PutAsync(SignedUrls.V("a/b.txt", 5), Hello, "Origin: https://chat.example");

        (put.Status, put["X-Refusal"], put.Text)
            .Should().Be((500, "internal", "Something went wrong on the server.\n"));
        put["Access-Control-Allow-Origin"].Should().Be("*");
        (await server.Log.EventAsync(104)).Exception.Should().BeOfType<InvalidOperationException>();
        server.ExpectLeft();
    }

    [Fact]
    [Provokes("store-unwritable")]
    public async Task A_store_that_lost_its_folder_refuses_uploads_and_works_again_when_it_is_back()
    {
        await using var server = await TestServer.StartAsync();
        Directory.Delete(server.IncomingPath, recursive: true);

        var put = await server.PutAsync(SignedUrls.V("a/b.txt", 5), Hello);

        (put.Status, put["X-Refusal"], put["Retry-After"]).Should().Be((503, "store-unwritable", "10"));
        server.Log.Of(404).Should().ContainSingle();
        server.ExpectLeft();
        Directory.CreateDirectory(server.IncomingPath);
        (await server.PutAsync(SignedUrls.V("a/b.txt", 5), Hello)).Status.Should().Be(201);
    }

    [Fact]
    public void The_readme_explains_every_code() =>
        File.ReadAllText(Repository.File("README.md"))
            .Should().ContainAll(Refusal.All.Select(refusal => $"`{refusal.Code}`"));

    private sealed class BrokenClock : TimeProvider
    {
        public bool Broken { get; set; }

        public override DateTimeOffset GetUtcNow() =>
            Broken ? throw new InvalidOperationException("of the inside") : base.GetUtcNow();
    }
}
