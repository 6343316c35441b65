using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace HmacFileServer.Interop.Browsers;

/// <summary>A real browser without a screen, driven as the W3C's WebDriver protocol says.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ChildProcess _driver;
    private readonly HttpClient _http;
    private string _session = "";

    private Browser(ChildProcess driver, int port)
    {
        _driver = driver;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = Patience };
    }

    public static Task<Browser> StartChromiumAsync(TempFolder folder)
    {
        var home = folder.NewFolder("chromium");
        string[] arguments =
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            $"--user-data-dir={home}/profile",
        ];
        return StartAsync(
            home,
            new JsonObject { ["goog:chromeOptions"] = new JsonObject { ["args"] = Array(arguments) } },
            "/usr/bin/chromedriver");
    }

    public static Task<Browser> StartWebKitAsync(TempFolder folder) => StartAsync(
        folder.NewFolder("webkit"),
        new JsonObject
        {
            ["webkitgtk:browserOptions"] = new JsonObject
            {
                ["binary"] = Installed.MiniBrowser,
                ["args"] = Array("--automation"),
            },
        },
        "/usr/bin/xvfb-run", "--auto-servernum", "/usr/bin/WebKitWebDriver");

    /// <summary>As if a person had typed it: returns when it is loaded, or turned out to be a download.</summary>
    public Task OpenAsync(string url) => AskAsync("url", new JsonObject { ["url"] = url });

    /// <summary>Runs a script in the page that is open; its last argument takes what it has found.</summary>
    public async Task<JsonArray> RunAsync(string script, params string[] arguments) => (await AskAsync(
        "execute/async", new JsonObject { ["script"] = script, ["args"] = Array(arguments) }))!.AsArray();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _driver.DisposeAsync(); // and the browser, which is of its group
    }

    private static JsonArray Array(params string[] items) => [.. items.Select(item => (JsonNode)item)];

    private static async Task<Browser> StartAsync(string home, JsonObject capabilities, params string[] driver)
    {
        var port = FreePort.Take();
        var process = ChildProcess.Start(
            Path.Combine(home, "driver.log"),
            [new("HOME", home), new("TMPDIR", home), new("XDG_RUNTIME_DIR", home)],
            [.. driver, $"--port={port}"]);
        var browser = new Browser(process, port);
        try
        {
            await Readiness.PortAsync(process, port);
            var started = await browser.AskAsync("", new JsonObject
            {
                ["capabilities"] = new JsonObject { ["alwaysMatch"] = capabilities },
            });
            browser._session = $"/{started!["sessionId"]}";
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    private async Task<JsonNode?> AskAsync(string command, JsonObject parameters)
    {
        // Sent whole, with its length: the drivers know no chunks.
        using var content = new StringContent(parameters.ToJsonString());
        using var answer = await _http.PostAsync(
            new Uri($"session{_session}/{command}".TrimEnd('/'), UriKind.Relative), content);
        var value = (await answer.Content.ReadFromJsonAsync<JsonObject>())!["value"];
        return answer.IsSuccessStatusCode
            ? value
            : throw new InvalidOperationException($"{command}: {value}\n{_driver.ReadLog()}");
    }
}
