namespace HmacFileServer.Interop.Proxies;

/// <summary>
/// An upload that is refused early shows its status every time, behind every proxy and over both versions of HTTP.
/// nginx's http proxy without buffering has the same in <see cref="RefusalTests"/>.
/// </summary>
[Collection(SharedDeployment.Name)]
public sealed class ProxyRefusalTests(Deployment deployment)
{
    private const int Times = 50;
    private const long Gibibyte = 1L << 30;
    private const long Whole = 24L << 20; // where every byte of it is sent, fifty times
    private const string Limit = "16MB";

    [TheoryWith(Installed.Proxies, Installed.Curl)]
    [MemberData(nameof(Cases))]
    public Task A_refused_upload_shows_its_status_every_time_over_http_1_1(ProxyKind kind, Refused why, int status) =>
        RefuseAsync(kind, why, "--http1.1", $"{status} 1.1");

    [TheoryWith(Installed.Proxies, Installed.Curl)]
    [MemberData(nameof(Cases))]
    public Task A_refused_upload_shows_its_status_every_time_over_http_2(ProxyKind kind, Refused why, int status) =>
        RefuseAsync(kind, why, "--http2", $"{status} 2 ");

    [TheoryWith(Installed.Proxies, Installed.Soup)]
    [MemberData(nameof(Cases))]
    public async Task A_refused_upload_shows_its_status_and_its_reason_every_time_to_libsoup(
        ProxyKind kind, Refused why, int status)
    {
        var proxy = await deployment.BehindAsync(kind, Limit);
        var body = Curl.SparseFile(deployment.Folder, Whole);

        // The signature of 413 is of one path: the same is asked for fifty times.
        var number = why is Refused.Forged ? "{}" : "0";
        var seen = await Soup.PutAsync(deployment, body, Url(proxy, why, Whole, number), Times);

        seen.Should().MatchRegex($"^{Times} x {status} 2\\.0 [^\n]+$");
        AssertNothingIsLeft(proxy);
    }

    [TheoryWith(Installed.Proxies, Installed.Curl)]
    [InlineData(ProxyKind.NginxStream)]
    [InlineData(ProxyKind.Haproxy)]
    [InlineData(ProxyKind.Apache)]
    public async Task A_client_that_asks_before_it_sends_is_refused_before_it_sends(ProxyKind kind)
    {
        var proxy = await deployment.BehindAsync(kind, Limit);
        var body = Curl.SparseFile(deployment.Folder, Whole);

        var answer = await Curl.RunAsync(
            deployment, "--http1.1", "-H", "Expect: 100-continue", "--expect100-timeout", "20", "-T", body,
            Url(proxy, Refused.Forged, Whole, "0"));

        answer.Should().Be("403 1.1 sent 0");
    }

    public static TheoryData<ProxyKind, Refused, int> Cases
    {
        get
        {
            var data = new TheoryData<ProxyKind, Refused, int>();
            ProxyKind[] kinds =
            [
                ProxyKind.NginxBuffering, ProxyKind.NginxStream, ProxyKind.Caddy, ProxyKind.CaddyBuffering,
                ProxyKind.Haproxy, ProxyKind.Apache,
            ];
            foreach (var kind in kinds)
            {
                data.Add(kind, Refused.Forged, 403);
                data.Add(kind, Refused.TooLarge, 413);
            }

            return data;
        }
    }

    private async Task RefuseAsync(ProxyKind kind, Refused why, string version, string seen)
    {
        var proxy = await deployment.BehindAsync(kind, Limit);

        // Apache, too, sends all of it before it passes the answer on.
        var size = kind is ProxyKind.NginxBuffering or ProxyKind.CaddyBuffering or ProxyKind.Apache ? Whole : Gibibyte;
        var body = Curl.SparseFile(deployment.Folder, size);

        for (var time = 1; time <= Times; time++)
        {
            // No XMPP client asks before it sends. curl may complain of the connection besides, for it was still
            // sending; it has read the status all the same.
            var url = Url(proxy, why, size, $"{time}");
            var answer = await Curl.RunAsync(deployment, version, "-H", "Expect:", "-T", body, url);
            answer.Should().Contain(seen, "this is number {0}", time);
        }

        AssertNothingIsLeft(proxy);
    }

    private static string Url(ProxyServer proxy, Refused why, long size, string number)
    {
        var path = $"{Guid.NewGuid()}/{number}/refused.bin";
        return why is Refused.Forged ? SignedUrls.Forged(proxy.Url, path) : SignedUrls.V1(proxy.Url, path, size);
    }

    private static void AssertNothingIsLeft(ProxyServer proxy)
    {
        proxy.Product.FilesLeft().Should().NotContain(static file => file.EndsWith("refused.bin"));
        proxy.Product.Incoming().Should().BeEmpty();
    }
}
