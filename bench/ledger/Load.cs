using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace HmacFileServer.LedgerBench;

/// <param name="Requests">Uploads answered 201.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Latencies">Of each, in milliseconds, in order.</param>
/// <param name="ServerCpuSeconds">User and system time of the server meanwhile.</param>
internal sealed record LoadResult(int Requests, double Seconds, double[] Latencies, double ServerCpuSeconds)
{
    public double PerSecond => Requests / Seconds;

    public double CpuMicroseconds => ServerCpuSeconds / Requests * 1e6;

    public static LoadResult Sum(IReadOnlyCollection<LoadResult> results) => new(
        results.Sum(result => result.Requests),
        results.Sum(result => result.Seconds),
        [.. results.SelectMany(result => result.Latencies).Order()],
        results.Sum(result => result.ServerCpuSeconds));

    public double Percentile(double part) => Latencies[(int)Math.Min(Latencies.Length - 1, Latencies.Length * part)];
}

/// <summary>Clients that upload files of 100 KB, one after the other, each on its connection.</summary>
internal sealed class Load(int port, string secret, Func<double> serverCpuSeconds)
{
    private const int Size = 100 << 10;

    private readonly byte[] content = RandomNumberGenerator.GetBytes(Size);

    public async Task<LoadResult> RunAsync(int connections, Func<bool> goOn)
    {
        var cpu = serverCpuSeconds();
        var began = TimeProvider.System.GetTimestamp();
        var latencies = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => Client(goOn))));
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var all = latencies.SelectMany(list => list).Order().ToArray();
        return new LoadResult(all.Length, seconds, all, serverCpuSeconds() - cpu);
    }

    private List<double> Client(Func<bool> goOn)
    {
        var latencies = new List<double>();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        var answer = new byte[1024];
        while (goOn())
        {
            var head = Encoding.ASCII.GetBytes(Head());
            var began = TimeProvider.System.GetTimestamp();
            socket.Send([new ArraySegment<byte>(head), new ArraySegment<byte>(content)]);
            var read = 0;
            while (!answer.AsSpan(0, read).EndsWith("\r\n\r\n"u8))
            {
                var count = socket.Receive(answer.AsSpan(read));
                read += count > 0 ? count : throw new InvalidOperationException("The server hung up.");
            }

            if (!answer.AsSpan().StartsWith("HTTP/1.1 201"u8))
            {
                throw new InvalidOperationException(Encoding.ASCII.GetString(answer.AsSpan(0, read)));
            }

            latencies.Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
        }

        return latencies;
    }

    /// <summary>A path as ejabberd makes them: one of many owners, a random part, a name.</summary>
    private string Head()
    {
        var owner = (Random.Shared.Next(LedgerFilling.Owners) * 7919L).ToString("x40", CultureInfo.InvariantCulture);
        var key = $"{owner}/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(10))}/IMG.jpg";
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{key} {Size}"));
        return $"PUT /{key}?v={Convert.ToHexStringLower(mac)} HTTP/1.1\r\nHost: a\r\nContent-Type: image/jpeg\r\n"
            + $"Content-Length: {Size}\r\n\r\n";
    }
}
