using System.Net;
using System.Text;

namespace HmacFileServer.Interop.Browsers;

/// <summary>What people see who open a link, and what a page of another site may do, in real browsers.</summary>
[Collection(SharedDeployment.Name)]
public sealed class BrowserTests(Deployment deployment, BrowserTests.Started started)
    : IClassFixture<BrowserTests.Started>, IAsyncLifetime
{
    private static readonly byte[] Greeting = "Grüße aus Köln"u8.ToArray();

    private OtherSite _site = null!;

    public async Task InitializeAsync() => _site = await OtherSite.StartAsync();

    public async Task DisposeAsync() => await _site.DisposeAsync();

    [FactWith(Installed.Chromium)]
    public async Task A_page_of_another_site_uploads_with_a_token_in_Chromium() =>
        await UploadFromPageAsync(await started.ChromiumAsync());

    [FactWith(Installed.WebKit)]
    public async Task A_page_of_another_site_uploads_with_a_token_in_WebKit() =>
        await UploadFromPageAsync(await started.WebKitAsync());

    [FactWith(Installed.Chromium)]
    public async Task Umlauts_of_a_text_are_shown_as_they_are_in_Chromium() =>
        await ReadUmlautsAsync(await started.ChromiumAsync());

    [FactWith(Installed.WebKit)]
    public async Task Umlauts_of_a_text_are_shown_as_they_are_in_WebKit() =>
        await ReadUmlautsAsync(await started.WebKitAsync());

    [TheoryWith(Installed.Chromium)]
    [InlineData("film.mp4", "video/mp4")]
    [InlineData("film.webm", "video/webm")]
    public async Task A_film_that_is_opened_by_its_link_plays_in_Chromium(string file, string type) =>
        await PlayAsync(await started.ChromiumAsync(), file, type);

    [TheoryWith(Installed.WebKit)]
    [InlineData("film.mp4", "video/mp4")]
    [InlineData("film.webm", "video/webm")]
    public async Task A_film_that_is_opened_by_its_link_plays_in_WebKit(string file, string type) =>
        await PlayAsync(await started.WebKitAsync(), file, type);

    [FactWith(Installed.Chromium)]
    public async Task No_script_of_a_file_runs_whatever_its_type_in_Chromium() =>
        await RunNothingAsync(await started.ChromiumAsync());

    [FactWith(Installed.WebKit)]
    public async Task No_script_of_a_file_runs_whatever_its_type_in_WebKit() =>
        await RunNothingAsync(await started.WebKitAsync());

    [FactWith(Installed.Chromium)]
    public async Task A_page_that_embeds_only_what_allows_it_shows_a_picture_in_Chromium() =>
        await EmbedAsync(await started.ChromiumAsync());

    [FactWith(Installed.WebKit)]
    public async Task A_page_that_embeds_only_what_allows_it_shows_a_picture_in_WebKit() =>
        await EmbedAsync(await started.WebKitAsync());

    private async Task UploadFromPageAsync(Browser browser)
    {
        var slot = Guid.NewGuid().ToString();
        var token = SignedUrls.FileShareToken(slot, "a.txt", Greeting.Length, "text/plain", TimeSpan.FromMinutes(5));
        await browser.OpenAsync(_site.Page);

        var seen = await browser.RunAsync(
            """
            const [url, token, text, done] = arguments;
            const put = new XMLHttpRequest();
            put.open('PUT', url);
            put.setRequestHeader('Authorization', token);
            put.setRequestHeader('Content-Type', 'text/plain');
            put.setRequestHeader('X-Only-This-Page-Sends-It', 'yes');
            put.onerror = () => done([0, 'not allowed', null]);
            put.onload = async () => {
                const get = await fetch(url, { headers: { 'X-Another': 'yes' } });
                done([put.status, await get.text(), get.headers.get('ETag') !== null]);
            };
            put.send(text);
            """,
            $"{deployment.Product.Url}{slot}/a.txt", token, Encoding.UTF8.GetString(Greeting));

        seen.ToJsonString(Plain).Should().Be($"[201,\"{Encoding.UTF8.GetString(Greeting)}\",true]");
    }

    private async Task ReadUmlautsAsync(Browser browser)
    {
        await browser.OpenAsync(await StoreAsync("greeting.txt", "text/plain", Greeting));

        var seen = await browser.RunAsync("arguments[0]([document.body.innerText, document.contentType])");

        seen.ToJsonString(Plain).Should().Be($"[\"{Encoding.UTF8.GetString(Greeting)}\",\"text/plain\"]");
    }

    private async Task PlayAsync(Browser browser, string file, string type)
    {
        var film = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, file));
        await browser.OpenAsync(await StoreAsync(file, type, film));

        var seen = await browser.RunAsync(
            """
            const done = arguments[0];
            const film = document.querySelector('video');
            if (!film) return done(['no film in', document.documentElement.outerHTML]);
            const say = () => done([film.error ? film.error.message : 'played', film.duration]);
            film.onerror = say;
            film.muted = true; // with sound a browser waits for a person to start it
            film.ontimeupdate = () => film.currentTime > 0 && say();
            film.play().catch(reason => done([String(reason), film.error && film.error.message]));
            """);

        seen.ToJsonString(Plain).Should().Be("[\"played\",1]");
    }

    private async Task RunNothingAsync(Browser browser)
    {
        const string Seen = "setTimeout(() => arguments[0]([document.title, document.contentType]))";
        await browser.OpenAsync(_site.PageWithScript);
        ((string?)(await browser.RunAsync(Seen))[0]).Should().Be("ran", "the script is one that runs");

        (string Name, string Type)[] files =
        [
            ("a.svg", "image/svg+xml"), ("a.html", "text/html"), ("a.html", ""), ("a.xhtml", "application/xhtml+xml"),
            ("a.xml", "text/xml"), ("a.png", "image/anything+xml"), ("a.png", "image/png, text/html"),
            ("a.png", "image/png; a=\"\\\", text/html; b=\\\"\""), ("a.png", "image/png; a=\", text/html\""),
            ("a.png", "image/png"), ("a.txt", "text/plain"), ("a", "bogus"), ("a", "*/*"), ("a", "image/*"),
        ];
        foreach (var (name, type) in files)
        {
            await browser.OpenAsync(_site.Page);
            await browser.OpenAsync(await StoreAsync(name, type, Encoding.UTF8.GetBytes(OtherSite.Script)));

            var seen = (await browser.RunAsync(Seen)).ToJsonString(Plain);

            seen.Should().NotContain("ran", "of {0} as {1}", name, type);
            if (seen != "[\"the page\",\"text/html\"]") // it was saved, and the page has stayed
            {
                seen.Should().MatchRegex("\"(image/.*|text/plain)\"]$", "of {0} as {1}", name, type);
            }
        }
    }

    private async Task EmbedAsync(Browser browser)
    {
        var picture = await StoreAsync("pixel.gif", "image/gif", OtherSite.Picture.ToArray());
        await browser.OpenAsync(_site.Page);

        var seen = await browser.RunAsync(
            """
            const [ours, another, done] = arguments;
            const show = url => new Promise(end => {
                const picture = new Image();
                picture.onload = () => end(picture.naturalWidth);
                picture.onerror = () => end('not allowed');
                picture.src = url;
            });
            Promise.all([show(ours), show(another)]).then(done);
            """,
            picture, _site.PictureElsewhere);

        seen.ToJsonString(Plain).Should().Be("[1,\"not allowed\"]");
    }

    private static System.Text.Json.JsonSerializerOptions Plain { get; } = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <returns>The link to it.</returns>
    private async Task<string> StoreAsync(string name, string type, byte[] body)
    {
        var path = $"{Guid.NewGuid()}/{name}";
        using var http = new HttpClient();
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var put = await http.PutAsync(
            new Uri(SignedUrls.V1(deployment.Product.Url, path, body.Length)), content);
        put.StatusCode.Should().Be(HttpStatusCode.Created);
        return $"{deployment.Product.Url}{path}";
    }

    /// <summary>Each browser once for all tests, when the first asks for it.</summary>
    public sealed class Started : IAsyncLifetime, IDisposable
    {
        private readonly TempFolder _folder = new();
        private Browser? _chromium;
        private Browser? _webKit;

        public Task InitializeAsync() => Task.CompletedTask;

        internal async Task<Browser> ChromiumAsync() => _chromium ??= await Browser.StartChromiumAsync(_folder);

        internal async Task<Browser> WebKitAsync() => _webKit ??= await Browser.StartWebKitAsync(_folder);

        public async Task DisposeAsync()
        {
            foreach (var browser in new[] { _chromium, _webKit }.OfType<Browser>())
            {
                await browser.DisposeAsync();
            }
        }

        public void Dispose() => _folder.Dispose();
    }
}
