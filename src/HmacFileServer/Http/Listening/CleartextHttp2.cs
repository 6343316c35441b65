using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using HmacFileServer.Http.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace HmacFileServer.Http.Listening;

/// <summary>
/// HTTP/1.1 and HTTP/2 on one port without TLS: a proxy that speaks h2c begins with the preface "PRI * HTTP/2.0"
/// (RFC 9113 section 3.4), which no HTTP/1.1 request can. Kestrel by itself settles the protocol in the TLS handshake
/// alone; we look at the first bytes and tell it the result the same way.
/// </summary>
internal sealed class CleartextHttp2(
    ConnectionDelegate next, CleartextPlaces places, TimeSpan firstByte, TimeProvider time)
{
    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        if (!await SettleAsync(connection))
        {
            return;
        }

        if (connection.Features.Get<ITlsApplicationProtocolFeature>() is null)
        {
            await next(connection);
            return;
        }

        using var place = places.TryTake(connection);
        if (place is not null)
        {
            connection.Features.Set(place);
            await next(connection);
        }
    }

    /// <returns><see langword="false"/> when the client never said a word.</returns>
    private async Task<bool> SettleAsync(ConnectionContext connection)
    {
        using var patience = new CancellationTokenSource(firstByte, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed, patience.Token);
        try
        {
            if (await BeginsWithPrefaceAsync(connection, either.Token))
            {
                var settled = new Http2WithoutTls();
                connection.Features.Set<ITlsApplicationProtocolFeature>(settled);
                // without it Kestrel does not ask for the other
                connection.Features.Set<ITlsConnectionFeature>(settled);
            }
            else
            {
                DirectOutput.Install(connection);
            }

            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionResetException)
        {
            return false;
        }
    }

    private static async Task<bool> BeginsWithPrefaceAsync(ConnectionContext connection, CancellationToken cancel)
    {
        const int Telling = 3; // "PRI": PUT, POST, PATCH and PROPFIND have parted from it by then
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancel);
            var start = read.Buffer.Slice(0, Math.Min(Telling, read.Buffer.Length)).ToArray();
            if (!"PRI"u8.StartsWith(start) || start.Length == Telling || read.IsCompleted)
            {
                // nothing consumed, nothing examined: Kestrel reads it all again at once
                input.AdvanceTo(read.Buffer.Start);
                return start.AsSpan().SequenceEqual("PRI"u8);
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private sealed class Http2WithoutTls : ITlsApplicationProtocolFeature, ITlsConnectionFeature
    {
        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();

        public X509Certificate2? ClientCertificate { get; set; }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) =>
            Task.FromResult(ClientCertificate);
    }
}
