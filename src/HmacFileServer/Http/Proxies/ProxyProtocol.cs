using System.Buffers;
using System.Net;
using HmacFileServer.Limits;
using HmacFileServer.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace HmacFileServer.Http.Proxies;

/// <summary>
/// On a listener of <c>proxy_protocol_address</c> every connection begins with a <see cref="ProxyHeader"/> and comes
/// from a trusted proxy, or it is closed: a header that was optional could be sent by anybody, who then would be
/// whom he likes.
/// </summary>
internal sealed class ProxyProtocol(
    ConnectionDelegate next, IReadOnlyList<IPNetwork> trusted, TimeSpan patience, RefusalLog refusals,
    ILogger<ProxyProtocol> log)
{
    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        var peer = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        if (peer is not null && !trusted.Hold(peer))
        {
            Refused(peer, "it is not one of trusted_proxies");
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        limit.CancelAfter(patience);
        try
        {
            if (await ReadAsync(connection, limit.Token) is not { } header)
            {
                Refused(peer, "it sent no good PROXY header");
                return;
            }

            connection.RemoteEndPoint = header.Source ?? connection.RemoteEndPoint;
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionResetException)
        {
            return; // never said a word, or left in the middle of it
        }

        await next(connection);
    }

    private void Refused(IPAddress? peer, string reason)
    {
        if (refusals.IsFirst(peer, "proxy-refused", reason))
        {
            log.ProxyRefused(peer?.ToString() ?? "unix", reason);
        }
    }

    private static async Task<ProxyHeader?> ReadAsync(ConnectionContext connection, CancellationToken cancel)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancel);
            var start = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, ProxyHeader.MaxLength)).ToArray();
            var reading = ProxyHeader.Read(start, out var header);
            if (reading == ProxyHeaderReading.Complete)
            {
                // what follows is not examined: it is read at once
                input.AdvanceTo(read.Buffer.GetPosition(header.Length));
                return header;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (reading == ProxyHeaderReading.Malformed || read.IsCompleted)
            {
                return null;
            }
        }
    }
}
