using System.Net.Http.Headers;
using HmacFileServer.Telemetry;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Telemetry;

/// <summary>The metrics of a server as Prometheus fetches them.</summary>
internal static class Scraping
{
    public const string OnAnyPort = "[metrics]\nlisten_address = \"127.0.0.1:0\"\n";

    public static async Task<string> ScrapeAsync(TestServer server, string? accept = null)
    {
        using var http = new HttpClient();
        if (accept is not null)
        {
            http.DefaultRequestHeaders.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        }

        using var answer = await http.GetAsync(server.Service<MetricsEndpoint>().Address);
        answer.Content.Headers.ContentType!.MediaType.Should().Be(accept ?? "text/plain");
        return await answer.Content.ReadAsStringAsync();
    }
}
