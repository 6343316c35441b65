using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Probe;

/// <summary>
/// Asks how many bytes of an upload may be on the way over HTTP/2 (RFC 9113 section 5.2): sends a head that announces a
/// body, no byte of it, and adds up what the proxy allows.
/// </summary>
internal static class Http2Window
{
    private const int Announced = 4 << 20;
    private const long Small = 512 << 10;
    private const double RoundTrip = 0.1;
    private const byte Headers = 1, Settings = 4, Ping = 6, WindowUpdate = 8;
    private const byte EndHeaders = 4, Ack = 1;
    private const ushort InitialWindowSize = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task ExamineAsync(ProbeRun run, CancellationToken cancel)
    {
        if (run.Base.Scheme != "https")
        {
            return;
        }

        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(Patience);
            Judge(run, await AskAsync(run, patience.Token));
        }
        catch (Exception e)
            when (e is IOException or SocketException or AuthenticationException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            run.Add(Severity.Note, "probe-http2", Link.Proxy, $"The HTTP/2 window could not be asked for: {e.Message}",
                "HTTP/1.1 is unaffected.");
        }
    }

    private static void Judge(ProbeRun run, long? window)
    {
        switch (window)
        {
            case null:
                run.Good("The proxy speaks HTTP/1.1 only: no HTTP/2 window limits uploads");
                break;
            case < Small:
                run.Add(Severity.Warning, "probe-http2-window", Link.Proxy,
                    $"Over HTTP/2 an upload can't be faster than {Words.Rate(window.Value / RoundTrip)} at 100 ms",
                    $"The proxy lets a client have only {Words.Size(window.Value)} on the way.",
                    "nginx: client_body_buffer_size 1m;");
                break;
            default:
                run.Good($"Over HTTP/2, {Words.Size(Math.Min(window.Value, 1L << 31))} of an upload may be on the way");
                break;
        }
    }

    /// <returns>Null when the other side does not speak HTTP/2.</returns>
    private static async Task<long?> AskAsync(ProbeRun run, CancellationToken cancel)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(run.Base.Host, run.Base.Port, cancel);
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = run.Base.Host,
                ApplicationProtocols = [SslApplicationProtocol.Http2]
            }, cancel);
        if (tls.NegotiatedApplicationProtocol != SslApplicationProtocol.Http2)
        {
            return null;
        }

        await tls.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), cancel);
        await SendAsync(tls, Settings, 0, 0, [], cancel);
        await SendAsync(tls, Headers, EndHeaders, 1, Head(run), cancel);
        await SendAsync(tls, Ping, 0, 0, new byte[8], cancel); // its echo comes when the head has been read
        return await AddUpAsync(tls, cancel);
    }

    private static async Task<long> AddUpAsync(SslStream tls, CancellationToken cancel)
    {
        var (stream, initial) = (0L, 65535L); // until SETTINGS say otherwise
        var head = new byte[9];
        for (var echoes = 0; echoes < 2;)
        {
            await tls.ReadExactlyAsync(head, cancel);
            var length = (head[0] << 16) | (head[1] << 8) | head[2];
            var payload = new byte[length];
            await tls.ReadExactlyAsync(payload, cancel);
            var id = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5));
            if (head[3] == Settings && (head[4] & Ack) == 0)
            {
                for (var at = 0; at + 6 <= length; at += 6)
                {
                    if (BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(at)) == InitialWindowSize)
                    {
                        initial = BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(at + 2));
                    }
                }

                await SendAsync(tls, Settings, Ack, 0, [], cancel);
            }
            else if (head[3] == WindowUpdate && id == 1)
            {
                stream += BinaryPrimitives.ReadUInt32BigEndian(payload);
            }
            else if (head[3] == Ping && ++echoes == 1)
            {
                // A second one: the stream's own update may be right behind the first echo.
                await SendAsync(tls, Ping, 0, 0, new byte[8], cancel);
            }
            else if (id == 1)
            {
                break; // an answer, or the end of the stream
            }
        }

        return initial + stream;
    }

    /// <summary>
    /// Literal fields without indexing and without Huffman (RFC 7541 section 6.2.2): the simplest head there is.
    /// </summary>
    private static byte[] Head(ProbeRun run)
    {
        var target = new Uri(run.Telling("PUT", "window"));
        var head = new MemoryStream();
        foreach (var (name, value) in ((string, string)[])
            [
                (":method", "PUT"), (":scheme", "https"), (":authority", target.Authority),
                (":path", target.PathAndQuery),
                ("content-length", Words.Number(Announced)),
            ])
        {
            head.WriteByte(0);
            WriteText(head, name);
            WriteText(head, value);
        }

        return head.ToArray();
    }

    private static void WriteText(MemoryStream head, string text)
    {
        const int Prefix = 127; // seven bits, then the rest in groups of seven (RFC 7541 section 5.1)
        var rest = text.Length - Prefix;
        head.WriteByte((byte)Math.Min(text.Length, Prefix));
        if (rest >= 0)
        {
            for (; rest >= 128; rest >>= 7)
            {
                head.WriteByte((byte)((rest & 127) | 128));
            }

            head.WriteByte((byte)rest);
        }

        head.Write(Encoding.ASCII.GetBytes(text));
    }

    private static async Task SendAsync(
        SslStream tls, byte type, byte flags, int stream, byte[] payload, CancellationToken cancel)
    {
        var frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        frame[1] = (byte)(payload.Length >> 8);
        frame[2] = (byte)payload.Length;
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        await tls.WriteAsync(frame, cancel);
    }
}
