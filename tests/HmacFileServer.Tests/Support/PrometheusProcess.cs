using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace HmacFileServer.Tests.Support;

/// <summary>A real Prometheus that scrapes one server every half second and knows the alerts that ship.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TempFolder folder = new();
    private readonly HttpClient http = new();
    private readonly Process process;

    public PrometheusProcess(Uri metrics)
    {
        var address = $"127.0.0.1:{FreePort.Take()}";
        http.BaseAddress = new Uri($"http://{address}");
        File.WriteAllText(folder.File("prometheus.yml"), $$"""
            global: {scrape_interval: 500ms, evaluation_interval: 500ms}
            rule_files: ["{{Repository.File("deploy", "prometheus", "alerts.yml")}}"]
            scrape_configs:
              - job_name: hmac-file-server
                static_configs: [{targets: ["{{metrics.Authority}}"]}]
            """);
        process = Process.Start(new ProcessStartInfo("prometheus",
            [
                $"--config.file={folder.File("prometheus.yml")}",
                $"--storage.tsdb.path={folder.File("data")}",
                $"--web.listen-address={address}",
                "--log.level=error",
            ])
        {
            UseShellExecute = false,
        })!;
    }

    /// <summary>Asks until it knows a series, for Prometheus needs a moment to start and to scrape.</summary>
    public async Task<JsonElement> FirstAsync(string query)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                var result = (await QueryAsync(query)).GetProperty("data").GetProperty("result");
                if (result.GetArrayLength() > 0)
                {
                    return result[0];
                }
            }
            catch (HttpRequestException) when (!patience.IsCancellationRequested)
            {
                // It does not listen yet, or has not read its data.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        }
    }

    public Task<JsonElement> QueryAsync(string query) => GetAsync("/api/v1/query?query=" + Uri.EscapeDataString(query));

    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            throw new HttpRequestException("Prometheus listens, but is not ready yet.");
        }

        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        http.Dispose();
        folder.Dispose();
    }
}
