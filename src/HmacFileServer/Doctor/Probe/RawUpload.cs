using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using HmacFileServer.Http;

namespace HmacFileServer.Doctor.Probe;

/// <summary>
/// A PUT that looks for its answer while it sends, over HTTP/1.1. HttpClient looks only after the last byte, and so
/// can't tell a proxy that refuses at once from one that waits.
/// </summary>
internal static class RawUpload
{
    private const int MaxHead = 32 << 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly byte[] Block = new byte[64 << 10];

    /// <param name="sent">How much of the announced length is sent, unless the answer comes before.</param>
    public static Task<ProbeAnswer> SendAsync(
        string url, long length, long sent, IEnumerable<(string Name, string Value)> headers,
        CancellationToken cancel) =>
        TalkAsync(
            url,
            async (wire, stop) =>
            {
                await wire.WriteAsync(Head(url, length, headers), stop.Token);
                var sending = SendBodyAsync(wire, Math.Min(sent, length), stop.Token);
                var answer = Parse(await ReadFinalHeadAsync(wire, stop.Token));
                await stop.CancelAsync(); // what is still being sent is of no use
                await sending;
                return answer;
            },
            cancel);

    /// <summary>
    /// Asks first (Expect: 100-continue, RFC 9110 section 10.1.1), and sends the body only when told to.
    /// </summary>
    /// <returns>Whether it was told to; and the answer.</returns>
    public static async Task<(bool IsToldToSend, ProbeAnswer Answer)> AskFirstAsync(
        string url, int length, CancellationToken cancel)
    {
        var isToldToSend = false;
        var answer = await TalkAsync(
            url,
            async (wire, stop) =>
            {
                await wire.WriteAsync(Head(url, length, [("Expect", "100-continue")]), stop.Token);
                var first = Parse(await ReadHeadAsync(wire, stop.Token));
                isToldToSend = first.Status == 100;
                if (!isToldToSend)
                {
                    return first;
                }

                await SendBodyAsync(wire, length, stop.Token);
                return Parse(await ReadFinalHeadAsync(wire, stop.Token));
            },
            cancel);
        return (isToldToSend, answer);
    }

    private static async Task<ProbeAnswer> TalkAsync(
        string url, Func<Stream, CancellationTokenSource, Task<ProbeAnswer>> talk, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            var target = new Uri(url);
            using var socket = new TcpClient();
            await socket.ConnectAsync(target.Host, target.Port, patience.Token);
            await using var wire = await OpenAsync(socket, target, patience.Token);
            return await talk(wire, patience);
        }
        catch (Exception e)
            when (e is IOException or SocketException or AuthenticationException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return new ProbeAnswer(0, "", "", e is OperationCanceledException ? "none in 5 s" : e.Message, null);
        }
    }

    private static byte[] Head(string url, long length, IEnumerable<(string Name, string Value)> headers)
    {
        var target = new Uri(url);
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"PUT {target.PathAndQuery} HTTP/1.1\r\nHost: {target.Authority}\r\n")
            .Append(CultureInfo.InvariantCulture,
                $"Content-Length: {length}\r\nContent-Type: text/html\r\nConnection: close\r\n");
        foreach (var (name, value) in headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        return Encoding.ASCII.GetBytes(head.Append("\r\n").ToString());
    }

    private static async Task<Stream> OpenAsync(TcpClient socket, Uri target, CancellationToken cancel)
    {
        if (target.Scheme != "https")
        {
            return socket.GetStream();
        }

        var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = target.Host }, cancel);
        return tls;
    }

    private static async Task SendBodyAsync(Stream wire, long count, CancellationToken cancel)
    {
        try
        {
            for (; count > 0; count -= Block.Length)
            {
                await wire.WriteAsync(Block.AsMemory(0, (int)Math.Min(count, Block.Length)), cancel);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Whoever has answered need not read on.
        }
    }

    /// <summary>The first head that is not an interim one (1xx): proxies may send those unasked.</summary>
    private static async Task<string> ReadFinalHeadAsync(Stream wire, CancellationToken cancel)
    {
        const int MostInterim = 10;
        for (var round = 0; round < MostInterim; round++)
        {
            var head = await ReadHeadAsync(wire, cancel);
            if (Parse(head).Status is not (>= 100 and < 200))
            {
                return head;
            }
        }

        throw new IOException("the answer is put off for ever (1xx)");
    }

    /// <summary>Byte by byte: what follows belongs to somebody else.</summary>
    private static async Task<string> ReadHeadAsync(Stream wire, CancellationToken cancel)
    {
        var head = new byte[MaxHead];
        for (var length = 0; length < head.Length;)
        {
            var count = await wire.ReadAsync(head.AsMemory(length, 1), cancel);
            if (count == 0)
            {
                throw new IOException("the connection was closed without an answer");
            }

            length += count;
            if (head.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
            {
                return Encoding.Latin1.GetString(head, 0, length - 4);
            }
        }

        throw new IOException("the answer has no end");
    }

    private static ProbeAnswer Parse(string head)
    {
        var lines = head.Split("\r\n");
        string Header(string name) => lines.Skip(1)
            .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(name.Length + 1)..].Trim()).FirstOrDefault() ?? "";
        var status = lines[0].Split(' ') is [_, var number, ..]
            && int.TryParse(number, CultureInfo.InvariantCulture, out var code)
            ? code
            : 0;
        return new ProbeAnswer(status, Header(Refusal.CodeHeader), Header("Server"), "", null);
    }
}
