using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Downloads;

public sealed class DownloadTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Fact]
    public async Task A_file_comes_with_these_headers_and_no_others()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/my cat.jpg", 5), Hello, "Content-Type: image/jpeg");

        var get = await server.GetAsync("/a/my%20cat.jpg", "Accept-Encoding: gzip, br, deflate, zstd");

        get.StatusLine.Should().Be("HTTP/1.1 200 OK");
        get.Text.Should().Be("hello");
        get.Headers.Select(header => header.Split(':')[0]).Should().BeEquivalentTo(
            "Content-Length", "Content-Type", "Date", "Accept-Ranges", "Cache-Control", "ETag", "Last-Modified",
            "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Content-Disposition",
            "Content-Security-Policy", "Cross-Origin-Resource-Policy", "X-Content-Type-Options", "X-Request-Id");
        get["Content-Length"].Should().Be("5");
        get["Content-Type"].Should().Be("image/jpeg");
        get["Accept-Ranges"].Should().Be("bytes");
        get["Cache-Control"].Should().Be("public, max-age=31536000, immutable");
        get["ETag"].Should().MatchRegex("^\"[^\"]+\"$");
        get["Content-Disposition"].Should().Be("inline; filename=\"my cat.jpg\"; filename*=UTF-8''my%20cat.jpg");
        get["Cross-Origin-Resource-Policy"].Should().Be("cross-origin");
        get["X-Content-Type-Options"].Should().Be("nosniff");
        server.Metrics.Sum("hfs.downloads").Should().Be(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("If-None-Match: *")]
    [InlineData("Accept-Encoding: gzip")]
    public async Task A_head_says_what_a_get_would(string header)
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/b.txt", 5), Hello);
        string[] headers = header.Length > 0 ? [header] : [];

        var get = await server.GetAsync("/a/b.txt", headers);
        var head = await server.SendAsync("HEAD /a/b.txt HTTP/1.1", headers);

        head.StatusLine.Should().Be(get.StatusLine);
        head.Headers.Where(line => !OfOneAnswer(line))
            .Should().BeEquivalentTo(get.Headers.Where(line => !OfOneAnswer(line)));
    }

    [Theory]
    [InlineData("a/b.txt", "If-None-Match: \"another\"")]
    [InlineData("a/b.txt", "If-Modified-Since: Mon, 01 Jan 2001 00:00:00 GMT")]
    [InlineData("a/b.txt", "If-Match: *")]
    [InlineData("a/b.txt", "If-Unmodified-Since: Fri, 01 Jan 2100 00:00:00 GMT")]
    [InlineData("a/b.txt", "Range: lines=1-2")]
    [InlineData("ä/Grüße aus 100 % \"Köln\".txt", "If-None-Match: \"another\"")]
    public async Task A_condition_that_comes_to_nothing_makes_no_difference(string key, string condition)
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V(key, 5), Hello);
        var target = SignedUrls.V(key, 5).Split('?')[0];

        var plain = await server.GetAsync(target);
        var conditional = await server.GetAsync(target, condition);

        conditional.StatusLine.Should().Be(plain.StatusLine).And.Be("HTTP/1.1 200 OK");
        conditional.Text.Should().Be(plain.Text).And.Be("hello");
        conditional.Headers.Where(line => !OfOneAnswer(line))
            .Should().BeEquivalentTo(plain.Headers.Where(line => !OfOneAnswer(line)));
        server.Metrics.Sum("hfs.downloads").Should().Be(2);
    }

    [Theory]
    [InlineData("If-Match: \"another\"")]
    [InlineData("If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT")]
    public async Task A_condition_that_fails_is_told_and_nothing_is_sent(string condition)
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/b.txt", 5), Hello);

        var answer = await server.GetAsync("/a/b.txt", condition);

        (answer.Status, answer.Text).Should().Be((412, ""));
        server.Metrics.Sum("hfs.downloads").Should().Be(0);
    }

    [Fact]
    public async Task A_head_sends_no_body()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/b.txt", 5), Hello);
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync("HEAD /a/b.txt HTTP/1.1", "Host: h", "Connection: close");

        (await wire.ReadAsync(hasBody: false))["Content-Length"].Should().Be("5");
        (await wire.ReadToEndAsync()).Should().Be(0);
    }

    [Theory]
    [InlineData("image/png", "inline")]
    [InlineData("IMAGE/PNG", "inline")]
    [InlineData("video/mp4", "inline")]
    [InlineData("audio/ogg; codecs=opus", "inline")]
    [InlineData("text/plain; charset=utf-8", "inline")]
    [InlineData("image/svg+xml", "attachment")]
    [InlineData("Image/SVG+XML; charset=utf-8", "attachment")]
    [InlineData("text/html", "attachment")]
    [InlineData("text/plainer", "attachment")]
    [InlineData("application/xhtml+xml", "attachment")]
    [InlineData("application/pdf", "attachment")]
    [InlineData("application/octet-stream", "attachment")]
    public async Task Only_what_cannot_run_is_shown_in_place(string type, string disposition)
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/b", 5), Hello, $"Content-Type: {type}");

        var get = await server.GetAsync("/a/b");

        get["Content-Type"].Should().Be(type);
        get["Content-Disposition"].Should().StartWith(disposition + ";");
    }

    [Fact]
    public async Task What_is_shown_in_place_is_the_operators_choice_but_never_svg()
    {
        await using var server = await TestServer.StartAsync(
            more: "[downloads]\ninline_types = [\"application/pdf\", \"image/svg+xml\"]");
        foreach (var (key, type) in new[]
        {
            ("a/1", "application/pdf"),
            ("a/2", "image/png"),
            ("a/3", "image/svg+xml"),
        })
        {
            await server.PutAsync(SignedUrls.V(key, 5), Hello, $"Content-Type: {type}");
        }

        (await server.GetAsync("/a/1"))["Content-Disposition"].Should().StartWith("inline");
        (await server.GetAsync("/a/2"))["Content-Disposition"].Should().StartWith("attachment");
        (await server.GetAsync("/a/3"))["Content-Disposition"].Should().StartWith("attachment");
    }

    [Theory]
    [InlineData("image/png", true)]
    [InlineData("video/mp4", true)]
    [InlineData("AUDIO/ogg; codecs=opus", true)]
    [InlineData("text/plain; charset=utf-8", true)]
    [InlineData("image/svg+xml", false)]
    [InlineData("text/html", false)]
    [InlineData("text/css", false)]
    [InlineData("application/pdf", false)]
    [InlineData("application/octet-stream", false)]
    public async Task The_sandbox_in_which_no_browser_plays_a_film_is_only_for_what_is_saved(string type, bool isShown)
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V("a/b", 5), Hello, $"Content-Type: {type}");

        foreach (var range in new string[][] { [], ["Range: bytes=1-2"], ["Range: bytes=9-"], ["If-None-Match: *"] })
        {
            var get = await server.GetAsync("/a/b", range);

            get["Content-Security-Policy"].Should().Be(isShown
                ? "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; "
                    + "frame-ancestors 'none'"
                : "default-src 'none'; frame-ancestors 'none'; sandbox");
            get["Cross-Origin-Resource-Policy"].Should().Be("cross-origin");
            get["X-Content-Type-Options"].Should().Be("nosniff");
        }
    }

    [Theory]
    [InlineData("application/pdf")]
    [InlineData("text/html")]
    [InlineData("text/xml")]
    [InlineData("text/css")]
    public async Task What_the_operator_shows_beside_pictures_films_and_text_stays_in_the_sandbox(string type)
    {
        await using var server = await TestServer.StartAsync(
            more: "[downloads]\ninline_types = [\"application/pdf\", \"text/*\"]");
        await server.PutAsync(SignedUrls.V("a/b", 5), Hello, $"Content-Type: {type}");

        var get = await server.GetAsync("/a/b");

        get["Content-Disposition"].Should().StartWith("inline;");
        get["Content-Security-Policy"].Should().EndWith("; sandbox");
    }

    [Theory]
    [InlineData("très cool.jpg", "tr_s cool.jpg", "tr%C3%A8s%20cool.jpg")]
    [InlineData("q\"q\\.txt", "q_q_.txt", "q%22q%5C.txt")]
    [InlineData("日本.png", "__.png", "%E6%97%A5%E6%9C%AC.png")]
    [InlineData("😀.png", "_.png", "%F0%9F%98%80.png")]
    [InlineData("a;b='c'*.txt", "a;b='c'*.txt", "a%3Bb%3D%27c%27%2A.txt")]
    [InlineData("100%.txt", "100_.txt", "100%25.txt")]
    public async Task The_name_is_given_in_both_forms(string name, string plain, string extended)
    {
        await using var server = await TestServer.StartAsync();
        var url = SignedUrls.V($"a/{name}", 5);
        await server.PutAsync(url, Hello, "Content-Type: text/plain");

        var get = await server.GetAsync(url.Split('?')[0]);

        get["Content-Disposition"].Should().Be($"inline; filename=\"{plain}\"; filename*=UTF-8''{extended}");
    }

    [Theory]
    [InlineData("a/b.txt", "", "text/plain")]
    [InlineData("a/b.opus", "", "audio/ogg")]
    [InlineData("a/b.heic", "", "image/heic")]
    [InlineData("a/b", "", "application/octet-stream")]
    [InlineData("a/b.unheard-of", "", "application/octet-stream")]
    [InlineData("a/b.txt", "bogus", "application/octet-stream")]
    [InlineData("a/b.txt", "ü/ü", "application/octet-stream")]
    [InlineData("a/b.txt", "application/x-own", "application/x-own")]
    public async Task The_type_is_the_stored_one_or_else_the_extensions(string key, string sent, string served)
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync(SignedUrls.V(key, 5), Hello, $"Content-Type: {sent}");

        (await server.GetAsync("/" + key))["Content-Type"].Should().Be(served);
    }

    [Theory]
    [InlineData("0s", "public, max-age=0, immutable")]
    [InlineData("7d", "public, max-age=604800, immutable")]
    public async Task How_long_a_cache_keeps_a_file_is_the_operators_choice(string age, string header)
    {
        await using var server = await TestServer.StartAsync(more: $"[downloads]\ncache_max_age = \"{age}\"");
        await server.PutAsync(SignedUrls.V("a/b", 5), Hello);

        (await server.GetAsync("/a/b"))["Cache-Control"].Should().Be(header);
    }

    [Fact]
    public async Task Nginx_is_told_where_the_bytes_lie()
    {
        await using var server = await TestServer.StartAsync(more: "[downloads]\naccel_redirect = \"/protected\"");
        await server.PutAsync(SignedUrls.V("a/my cat?.jpg", 5), Hello, "Content-Type: image/jpeg");

        var get = await server.GetAsync("/a/my%20cat%3F.jpg");
        var missing = await server.GetAsync("/a/nothing");

        get["X-Accel-Redirect"].Should().Be("/protected/a/my%20cat%3F.jpg");
        (get.Status, get["Content-Length"], get["Content-Type"]).Should().Be((200, "0", "image/jpeg"));
        get["Content-Disposition"].Should().StartWith("inline;");
        (missing.Status, missing["X-Accel-Redirect"]).Should().Be((404, null));
    }

    [Fact]
    public async Task A_download_that_nobody_takes_is_cut_off_after_write_timeout()
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(
            more: "[timeouts]\nwrite_timeout = \"299s\"", clock: clock);
        var length = 64 << 20;
        await File.WriteAllBytesAsync(Path.Combine(server.StorePath, "big"), new byte[length]);
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync("GET /big HTTP/1.1", "Host: h");
        (await wire.ReadAsync(hasBody: false)).Status.Should().Be(200);

        await clock.ArmedAsync(TimeSpan.FromSeconds(299)); // it waits for us
        clock.Advance(TimeSpan.FromSeconds(299));

        (await wire.ReadToEndAsync()).Should().BeLessThan(length);
        (await server.Log.EventAsync(202))
            .Text.Should().Be("The client took nothing of big for 00:04:59, and was cut off");
    }

    /// <summary>The headers that no two answers share.</summary>
    private static bool OfOneAnswer(string line) =>
        line.StartsWith("Date:", StringComparison.Ordinal)
            || line.StartsWith("X-Request-Id:", StringComparison.Ordinal);
}
