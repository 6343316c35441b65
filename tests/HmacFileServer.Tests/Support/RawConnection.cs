using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace HmacFileServer.Tests.Support;

/// <summary>One connection, spoken by hand: literal lines go out, literal lines come back.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket socket;
    private readonly Stream stream;
    private readonly PipeReader input;

    private RawConnection(Socket socket, Stream stream)
    {
        this.socket = socket;
        this.stream = stream;
        input = PipeReader.Create(stream);
    }

    /// <param name="from">Another address of this machine: all of 127.0.0.0/8 is.</param>
    public static async Task<RawConnection> OpenAsync(
        EndPoint server, X509Certificate2? tlsCertificate = null, string? from = null)
    {
        var client = server is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (from is not null)
        {
            client.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        }

        await client.ConnectAsync(server);
        Stream plain = new NetworkStream(client, ownsSocket: true);
        if (tlsCertificate is null)
        {
            return new RawConnection(client, plain);
        }

        var tls = new SslStream(
            plain, leaveInnerStreamOpen: false,
            (_, seen, _, _) => seen!.GetCertHashString() == tlsCertificate.GetCertHashString());
        await tls.AuthenticateAsClientAsync("files.example");
        return new RawConnection(client, tls);
    }

    /// <summary>Sends the lines, each with its CRLF, and the empty line that ends a head.</summary>
    public Task SendAsync(params string[] lines) =>
        SendAsync(Encoding.UTF8.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n"));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes);
        await stream.FlushAsync();
    }

    /// <summary>Sends as long as the other side takes it.</summary>
    public async Task SendWhilePossibleAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await SendAsync(bytes);
        }
        catch (IOException)
        {
            // The answer came first; what it says is what the test looks at.
        }
    }

    /// <summary>The next line without its CRLF; null at the end of the connection.</summary>
    public async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            var read = await input.ReadAsync().AsTask().WaitAsync(Patience);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.Latin1.GetString(read.Buffer.Slice(0, end)).TrimEnd('\r');
                input.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }

    public async Task<RawResponse> ReadAsync(bool hasBody = true)
    {
        var status = await ReadLineAsync() ?? throw new EndOfStreamException("the server closed the connection");
        var headers = new List<string>();
        while (await ReadLineAsync() is { Length: > 0 } line)
        {
            headers.Add(line);
        }

        var response = new RawResponse(status, headers, []);
        var length = response["Content-Length"] is { } text && hasBody
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : 0;
        if (length == 0)
        {
            return response;
        }

        return response with { Body = await ReadBytesAsync(length) };
    }

    public async Task<byte[]> ReadBytesAsync(int count)
    {
        var read = await input.ReadAtLeastAsync(count).AsTask().WaitAsync(Patience);
        var bytes = read.Buffer.Slice(0, Math.Min(count, read.Buffer.Length)).ToArray();
        input.AdvanceTo(read.Buffer.GetPosition(bytes.Length));
        return bytes;
    }

    /// <summary>Reads to the end of the connection, by a close or a reset.</summary>
    /// <returns>How many bytes still came.</returns>
    public async Task<long> ReadToEndAsync()
    {
        var count = 0L;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync().AsTask().WaitAsync(Patience);
                count += read.Buffer.Length;
                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return count;
                }
            }
        }
        catch (IOException)
        {
            return count;
        }
    }

    /// <summary>Ends what we send within TLS, by close_notify, and still listens; without TLS nothing.</summary>
    public Task CloseNotifyAsync() => stream is SslStream tls ? tls.ShutdownAsync() : Task.CompletedTask;

    /// <summary>Ends what we send and still listens.</summary>
    public void EndSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Vanishes with a reset, as a phone that changes networks does.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await stream.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Closed by the other side, or by the test.
        }

        socket.Dispose();
    }
}

internal sealed record RawResponse(string StatusLine, IReadOnlyList<string> Headers, byte[] Body)
{
    public int Status => int.Parse(StatusLine.AsSpan(9, 3), CultureInfo.InvariantCulture);

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>A header's value, or null.</summary>
    public string? this[string name] => Headers
        .FirstOrDefault(
            header => header.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}
