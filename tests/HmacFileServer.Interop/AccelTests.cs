namespace HmacFileServer.Interop;

/// <summary>Downloads that nginx sends itself, told to by X-Accel-Redirect.</summary>
[Collection(SharedDeployment.Name)]
public sealed class AccelTests(Deployment deployment) : IAsyncLifetime
{
    private ProductServer _product = null!;
    private NginxServer _nginx = null!;

    public async Task InitializeAsync()
    {
        if (!Installed.Has(Installed.Nginx))
        {
            return;
        }

        _product = await ProductServer.StartAsync(
            deployment.Folder, $"accel-product-{Guid.NewGuid():N}", downloads: "accel_redirect = \"/stored/\"");
        _nginx = await NginxServer.StartAsync(
            deployment.Folder,
            deployment.Certificate,
            FreePort.Take(),
            _product.Port,
            RequestBuffering.Off,
            NginxServer.Sending(_product.Store));
    }

    public async Task DisposeAsync()
    {
        if (_nginx is not null)
        {
            await _nginx.DisposeAsync();
            await _product.DisposeAsync();
        }
    }

    [TheoryWith(Installed.Nginx, Installed.Slixmpp)]
    [MemberData(nameof(Names))]
    public async Task A_download_sent_by_nginx_is_the_file_with_the_headers_of_the_server(string file)
    {
        var (name, type, size) = FileNames.All[file];
        var path = $"0c5a0a43-5f5e-4d7d-9a3e-2f6f3f0b7f11/{name}";
        var url = _nginx.Url + string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        var signature = SignedUrls.V1(_nginx.Url, path, size)[^67..]; // ?v= and 64 digits
        var put = await deployment.Client.PutAsync(new Upload(url + signature, size) { Type = type });
        put.Status.Should().Be(201, put.Text);

        var get = await deployment.Client.FetchAsync("GET", url);
        var direct = await deployment.Client.FetchAsync("HEAD", url.Replace(
            _nginx.Url.ToString(), _product.Url.ToString(), StringComparison.Ordinal));

        direct.Headers.Should().ContainKey("x-accel-redirect");
        get.Status.Should().Be(200);
        get.Sha256.Should().Be(put.SentSha256);
        get.Headers.Should().NotContainKey("x-accel-redirect");
        foreach (var header in (string[])
            [
                "content-type", "content-disposition", "cache-control", "content-security-policy",
                "x-content-type-options", "access-control-allow-origin", "cross-origin-resource-policy",
            ])
        {
            get.Headers[header].Should().Be(direct.Headers[header], "that is what the server said of {0}", header);
        }
    }

    [FactWith(Installed.Nginx, Installed.Slixmpp)]
    public async Task The_folder_nginx_sends_from_is_not_for_strangers()
    {
        var get = await deployment.Client.FetchAsync("GET", $"https://localhost:{_nginx.Port}/stored/a/b.txt");

        get.Status.Should().Be(404);
    }

    public static TheoryData<string> Names => new(
        "plain", "spaces", "umlaut", "plus", "percent", "literal %20", "question mark", "hash", "double quotes",
        "200 characters of two bytes");
}
