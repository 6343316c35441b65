using System.Net;
using System.Net.Http.Headers;
using HmacFileServer.Tests.Support;
using Microsoft.Extensions.Logging;

namespace HmacFileServer.Tests.Uploads;

public sealed class Http2Tests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Fact]
    public async Task An_upload_and_a_download_work_over_http2_without_tls()
    {
        await using var server = await TestServer.StartAsync();
        using var client = Client(server);
        var body = new byte[5 << 20];
        new Random(1).NextBytes(body);

        using var put = await client.PutAsync(
            new Uri(SignedUrls.V("a/b.bin", body.Length), UriKind.Relative), new ByteArrayContent(body));
        var got = await client.GetByteArrayAsync(new Uri("/a/b.bin", UriKind.Relative));

        (put.StatusCode, put.Version).Should().Be((HttpStatusCode.Created, HttpVersion.Version20));
        got.Should().Equal(body);
        server.ExpectLeft("a/b.bin");
    }

    [Fact]
    public async Task Http1_and_http2_share_the_port()
    {
        await using var server = await TestServer.StartAsync();
        using var client = Client(server);

        (await server.GetAsync("/health")).Text.Should().Be("ok\n");
        (await client.GetStringAsync(new Uri("/health", UriKind.Relative))).Should().Be("ok\n");
    }

    [Theory]
    [InlineData(5, HttpStatusCode.Created, null)]
    [InlineData(4, HttpStatusCode.BadRequest, "broken-body")]
    [InlineData(6, HttpStatusCode.RequestEntityTooLarge, "wrong-size")]
    public async Task A_body_without_a_length_must_be_as_long_as_its_token_says(
        int sent, HttpStatusCode status, string? code)
    {
        await using var server = await TestServer.StartAsync(clock: new ManualClock());
        using var client = Client(server);
        using var request = new HttpRequestMessage(HttpMethod.Put, "/s1/cat.jpg")
        {
            Content = new UnknownLength(new byte[sent]),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Authorization = Token();

        using var put = await client.SendAsync(request);

        put.StatusCode.Should().Be(status);
        put.Headers.TryGetValues("X-Refusal", out var codes);
        (codes?.Single()).Should().Be(code);
        server.ExpectLeft(code is null ? ["s1/cat.jpg"] : []);
    }

    [Fact]
    public async Task A_url_signature_needs_a_length_here_too()
    {
        await using var server = await TestServer.StartAsync();
        using var client = Client(server);

        using var put = await client.PutAsync(
            new Uri(SignedUrls.V("a/b", 5), UriKind.Relative), new UnknownLength(Hello));

        put.StatusCode.Should().Be(HttpStatusCode.LengthRequired);
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_stream_that_is_reset_leaves_nothing_and_is_no_error()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(clock: clock);
        using var client = Client(server);
        for (var i = 1; i <= 10; i++)
        {
            using var cancel = new CancellationTokenSource();
            using var running = new HangingContent(200_000, 10_000 * i);
            var put = client.PutAsync(new Uri(SignedUrls.V("a/b", 200_000), UriKind.Relative), running, cancel.Token);
            await running.Sent;
            await clock.ArmedAsync(TimeSpan.FromSeconds(300));

            await cancel.CancelAsync();

            await put.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
            await server.Log.EventAsync(103, count: i);
        }

        server.Metrics.Sum("hfs.uploads.aborted", "scheme=v").Should().Be(10);
        server.Log.Lines.Should().NotContain(line => line.Level >= LogLevel.Warning);
        server.ExpectLeft();
    }

    [Fact]
    public async Task Who_is_refused_while_he_sends_hears_why_and_is_stopped_soon()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(clock: clock);
        using var client = Client(server);
        using var running = new HangingContent(200_000, 10_000);
        using var request = new HttpRequestMessage(HttpMethod.Put, "/a/b.txt?v=00")
        {
            Content = running,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var put = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await clock.ArmedAsync(TimeSpan.FromSeconds(5));
        clock.Advance(TimeSpan.FromSeconds(6));

        put.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await put.Content.ReadAsStringAsync()).Should().Be("The signature does not match.\n");
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_download_that_sends_a_body_is_refused_before_the_body_fills_our_memory()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/b", 5), Hello);
        using var client = Client(server);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/a/b")
        {
            Content = new UnknownLength(Hello),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var refused = await client.SendAsync(request);

        refused.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await client.GetStringAsync(new Uri("/a/b", UriKind.Relative))).Should().Be("hello");
    }

    private static AuthenticationHeaderValue Token() =>
        AuthenticationHeaderValue.Parse(SignedUrls.Jwt(SignedUrls.Claims())["Authorization: ".Length..]);

    private static HttpClient Client(TestServer server) => new()
    {
        BaseAddress = server.Url,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = TimeSpan.FromSeconds(20),
    };

    private sealed class UnknownLength(byte[] body) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            stream.WriteAsync(body).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>Sends a part of what it announces, and then nothing.</summary>
    private sealed class HangingContent(long announced, int sent) : HttpContent
    {
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Sent => done.Task.WaitAsync(TimeSpan.FromSeconds(20));

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(new byte[sent], cancellationToken);
            await stream.FlushAsync(cancellationToken);
            done.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = announced;
            return true;
        }
    }
}
