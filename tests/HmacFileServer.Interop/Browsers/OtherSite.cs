using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HmacFileServer.Interop.Browsers;

/// <summary>
/// A web site of another origin. Its pages embed from elsewhere only what allows it (COEP, HTML Standard, 7.1.4).
/// </summary>
internal sealed class OtherSite : IAsyncDisposable
{
    /// <summary>A page that says in its title that its script has run.</summary>
    public const string Script = "<html xmlns='http://www.w3.org/1999/xhtml'>"
        + "<head><title>not yet</title></head><body><script>document.title = 'ran'</script></body></html>";

    // One pixel.
    private static readonly byte[] Pixel = Convert.FromBase64String(
        "R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==");

    private readonly WebApplication _app;

    private OtherSite(WebApplication app) => _app = app;

    public static ReadOnlySpan<byte> Picture => Pixel;

    public string Page => $"http://localhost:{Port}/";

    public string PageWithScript => $"{Page}script";

    /// <summary>That of a third site, for all the browser knows, and says nothing of who may embed it.</summary>
    public string PictureElsewhere => $"http://127.0.0.1:{Port}/picture";

    private int Port => new Uri(_app.Urls.First()).Port;

    public static async Task<OtherSite> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync();
        return new OtherSite(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Task AnswerAsync(HttpContext http)
    {
        http.Response.Headers["Cross-Origin-Embedder-Policy"] = "require-corp";
        if (http.Request.Path == "/picture")
        {
            http.Response.ContentType = "image/gif";
            return http.Response.Body.WriteAsync(Pixel).AsTask();
        }

        http.Response.ContentType = "text/html";
        return http.Response.WriteAsync(
            http.Request.Path == "/script" ? Script : "<html><head><title>the page</title></head><body></body></html>");
    }
}
