namespace HmacFileServer.Interop.Proxies;

/// <summary>
/// An upload that is refused early shows its status every time, behind every proxy and over both versions of HTTP. nginx's http
/// proxy has the same in <see cref="RefusalTests"/>.
/// </summary>
[Collection(SharedDeployment.Name)]
public sealed class ProxyRefusalTests(Deployment deployment)
{
    private const int Times = 50;
    private const long Size = 24L << 20; // Apache sends it all to the server before it looks for an answer
    private const string Limit = "16MB";

    [TheoryWith(Installed.Proxies, Installed.Curl)]
    [MemberData(nameof(Cases))]
    public async Task A_refused_upload_shows_its_status_every_time_over_http_1_1(ProxyKind kind, Refused why, int status)
    {
        var proxy = await deployment.BehindAsync(kind, Limit);
        var body = Curl.SparseFile(deployment.Folder, Size);

        for (var time = 1; time <= Times; time++)
        {
            // curl may complain of the connection besides, for it was still sending; it has read the status all the same.
            var answer = await Curl.RunAsync(deployment, "--http1.1", "-T", body, Url(proxy, why, $"{time}"));
            answer.Should().Contain($"{status} 1.1", "this is number {0}", time);
        }

        AssertNothingIsLeft(proxy);
    }

    [TheoryWith(Installed.Proxies, Installed.Soup)]
    [MemberData(nameof(Cases))]
    public async Task A_refused_upload_shows_its_status_and_its_reason_every_time_over_http_2(
        ProxyKind kind, Refused why, int status)
    {
        var proxy = await deployment.BehindAsync(kind, Limit);
        var body = Curl.SparseFile(deployment.Folder, Size);

        // The signature of 413 is of one path: the same is asked for fifty times.
        var seen = await Soup.PutAsync(deployment, body, Url(proxy, why, why is Refused.Forged ? "{}" : "0"), Times);

        seen.Should().MatchRegex($"^{Times} x {status} 2\\.0 [^\n]+$");
        AssertNothingIsLeft(proxy);
    }

    public static TheoryData<ProxyKind, Refused, int> Cases
    {
        get
        {
            var data = new TheoryData<ProxyKind, Refused, int>();
            foreach (var kind in (ProxyKind[])[ProxyKind.NginxStream, ProxyKind.Caddy, ProxyKind.Haproxy, ProxyKind.Apache])
            {
                data.Add(kind, Refused.Forged, 403);
                data.Add(kind, Refused.TooLarge, 413);
            }

            return data;
        }
    }

    private static string Url(ProxyServer proxy, Refused why, string number)
    {
        var path = $"{Guid.NewGuid()}/{number}/refused.bin";
        return why is Refused.Forged ? SignedUrls.Forged(proxy.Url, path) : SignedUrls.V1(proxy.Url, path, Size);
    }

    private static void AssertNothingIsLeft(ProxyServer proxy)
    {
        proxy.Product.FilesLeft().Should().NotContain(static file => file.EndsWith("refused.bin"));
        proxy.Product.Incoming().Should().BeEmpty();
    }
}
