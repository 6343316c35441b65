using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Uploads;

public sealed class PolicyTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Fact]
    [Provokes("too-large")]
    public async Task A_file_over_the_limit_is_refused_however_well_it_is_signed()
    {
        await using var server = await TestServer.StartAsync("max_upload_size = 4", clock: new ManualClock());

        var url = await server.PutAsync(SignedUrls.V("a/b.txt", 5), Hello);
        var token = await server.PutAsync("/s1/cat.jpg", Hello, SignedUrls.Jwt(SignedUrls.Claims()));
        var fits = await server.PutAsync(SignedUrls.V("a/c.txt", 4), "four"u8.ToArray());

        (url.Status, url["X-Refusal"]).Should().Be((413, "too-large"));
        (token.Status, token["X-Refusal"]).Should().Be((413, "too-large"));
        fits.Status.Should().Be(201);
        server.ExpectLeft("a/c.txt");
        server.Metrics.Sum("hfs.refusals", "code=too-large").Should().Be(2);
    }

    [Theory]
    [Provokes("type-not-allowed")]
    [InlineData("allowed_extensions = [\"jpg\", \"png\"]", "a/b.jpg", 201)]
    [InlineData("allowed_extensions = [\"jpg\", \"png\"]", "a/b.PNG", 201)]
    [InlineData("allowed_extensions = [\"jpg\", \"png\"]", "a/b.exe", 415)]
    [InlineData("allowed_extensions = [\"jpg\", \"png\"]", "a/b", 415)]
    [InlineData("allowed_extensions = [\"jpg\", \"png\"]", "a/b.jpg.exe", 415)]
    [InlineData("blocked_extensions = [\"exe\"]", "a/b.jpg", 201)]
    [InlineData("blocked_extensions = [\"exe\"]", "a/b", 201)]
    [InlineData("blocked_extensions = [\"exe\"]", "a/b.ExE", 415)]
    [InlineData("blocked_extensions = [\"jpg\"]\nallowed_extensions = [\"jpg\"]", "a/b.jpg", 415)]
    public async Task Extensions_are_the_operators_choice(string rules, string key, int status)
    {
        await using var server = await TestServer.StartAsync(more: "[uploads]\n" + rules);

        var put = await server.PutAsync(SignedUrls.V(key, 5), Hello);

        (put.Status, put["X-Refusal"]).Should().Be((status, status == 415 ? "type-not-allowed" : null));
        server.ExpectLeft(status == 201 ? [key] : []);
    }

    [Theory]
    [InlineData("true", "image/jpeg", 201)]
    [InlineData("true", "IMAGE/JPEG; q=1", 201)]
    [InlineData("true", "image/png", 415)]
    [InlineData("true", null, 415)]
    [InlineData("false", "image/png", 201)]
    public async Task A_type_other_than_the_slots_is_refused_only_where_the_operator_insists(
        string check, string? sent, int status)
    {
        await using var server = await TestServer.StartAsync(
            more: $"[uploads]\ncheck_content_type = {check}", clock: new ManualClock());
        string[] type = sent is null ? [] : [$"Content-Type: {sent}"];

        var put = await server.PutAsync("/s1/cat.jpg", Hello, [SignedUrls.Jwt(SignedUrls.Claims()), .. type]);

        put.Status.Should().Be(status);
        server.ExpectLeft(status == 201 ? ["s1/cat.jpg"] : []);
    }

    [Theory]
    [InlineData("image/jpeg", "image/jpeg; a=b", 201)]
    [InlineData("image/jpeg", null, 415)]
    [InlineData("image/jpeg", "application/octet-stream", 415)]
    [InlineData("application/octet-stream", "image/jpeg", 415)]
    [InlineData("application/octet-stream", null, 201)]
    [InlineData("", "image/jpeg", 201)] // the slot was asked for without one
    public async Task So_is_one_that_a_v2_signature_would_be_read_with(string announced, string? sent, int status)
    {
        await using var server = await TestServer.StartAsync(more: "[uploads]\ncheck_content_type = true");
        string[] type = sent is null ? [] : [$"Content-Type: {sent}"];

        var put = await server.PutAsync(SignedUrls.V2("s1/cat.jpg", 5, announced), Hello, type);

        put.Status.Should().Be(status);
    }

    [Theory]
    [InlineData("/a/../b.exe?v=00", "bad-path")]
    [InlineData("/a/b.exe", "unsigned")]
    [InlineData("/a/b.exe?v=00", "bad-signature")]
    [InlineData("signed for 6 bytes", "too-large")]
    [InlineData("signed for 5 bytes", "type-not-allowed")]
    public async Task The_first_thing_that_is_wrong_is_the_one_that_is_told(string target, string code)
    {
        await using var server = await TestServer.StartAsync(
            "max_upload_size = 5\nmin_free_bytes = \"900TB\"", more: "[uploads]\nblocked_extensions = [\"exe\"]");
        var length = code == "too-large" ? 6 : 5;
        target = target.StartsWith('/') ? target : SignedUrls.V("a/b.exe", length);

        var put = await server.PutAsync(target, new byte[length]);

        put["X-Refusal"].Should().Be(code);
        server.ExpectLeft();
    }

    [Fact]
    [Provokes("storage-full")]
    public async Task What_must_stay_free_stays_free()
    {
        await using var server = await TestServer.StartAsync("min_free_bytes = \"900TB\"");
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync(
            $"PUT {SignedUrls.V("a/b.txt", 5)} HTTP/1.1", "Host: h", "Content-Length: 5", "Expect: 100-continue");

        var answer = await wire.ReadAsync();
        (answer.Status, answer["X-Refusal"]).Should().Be((507, "storage-full"));
        server.ExpectLeft();
    }
}
