using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using HmacFileServer.Http;

namespace HmacFileServer.Doctor.Probe;

/// <summary>What came back. No status: the connection broke, or nothing came in time.</summary>
internal sealed record ProbeAnswer(int Status, string Refusal, string Server, string Text, HttpResponseMessage? Message)
{
    /// <summary>Whether this server has said it, and not a proxy in its place.</summary>
    public bool IsOurs => Refusal.Length > 0;

    public string Who => Server.Length > 0 ? $"the proxy ({Server})" : "the proxy";
}

/// <summary>
/// HTTP/1.1 to public_url as a client speaks it: no redirects followed, no compression undone, one address at will.
/// </summary>
internal sealed class ProbeWire : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly HttpClient http;

    public ProbeWire(IPAddress? address = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, _, _, errors) =>
                {
                    TlsErrors |= errors;
                    return errors == SslPolicyErrors.None; // what is signed goes to nobody else
                },
            },
        };
        if (address is not null)
        {
            handler.ConnectCallback = async (context, cancel) =>
            {
                var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(address, context.DnsEndPoint.Port, cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }

        http = new HttpClient(handler) { Timeout = Patience };
    }

    public SslPolicyErrors TlsErrors { get; private set; }

    public async Task<ProbeAnswer> SendAsync(
        HttpMethod method, string url, HttpContent? body = null, CancellationToken cancel = default,
        params (string, string)[] headers)
    {
        using var request = new HttpRequestMessage(method, url) { Content = body };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            var text = method == HttpMethod.Head ? "" : await response.Content.ReadAsStringAsync(cancel);
            return new ProbeAnswer(
                (int)response.StatusCode,
                response.Headers.TryGetValues(Refusal.CodeHeader, out var code) ? code.First() : "",
                response.Headers.Server.ToString(),
                text,
                response);
        }
        catch (Exception e) when (e is HttpRequestException or IOException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return new ProbeAnswer(
                0, "", "",
                e is OperationCanceledException ? "no answer in time" : e.InnerException?.Message ?? e.Message, null);
        }
    }

    public void Dispose() => http.Dispose();
}

/// <summary>A body of any announced length, of which only a part is sent before a pause.</summary>
internal sealed class ProbeBody(long length, long before, TimeSpan pause, TimeProvider time) : HttpContent
{
    private static readonly byte[] Block = new byte[16 << 10];

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await WriteAsync(stream, Math.Min(before, length), cancellationToken);
        await stream.FlushAsync(cancellationToken);
        if (before < length)
        {
            await Task.Delay(pause, time, cancellationToken);
            await WriteAsync(stream, length - before, cancellationToken);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }

    private static async Task WriteAsync(Stream stream, long count, CancellationToken cancel)
    {
        for (; count > 0; count -= Block.Length)
        {
            await stream.WriteAsync(Block.AsMemory(0, (int)Math.Min(count, Block.Length)), cancel);
        }
    }
}
