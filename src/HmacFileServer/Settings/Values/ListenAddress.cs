using System.Globalization;
using System.Net;

namespace HmacFileServer.Settings.Values;

/// <summary>
/// Where to listen: "127.0.0.1:8080", "[::]:8080", "8080" or ":8080" (every address, IPv4 and IPv6), "localhost:8080",
/// or "unix:/run/hmac-file-server.sock". A null <see cref="Address"/> of a TCP listener means every address.
/// </summary>
internal sealed record ListenAddress
{
    private const int MaxUnixPathBytes = 107; // sizeof(sun_path) - 1, sys/un.h

    public IPAddress? Address { get; private init; }

    public int Port { get; private init; }

    public string? UnixPath { get; private init; }

    public static ListenAddress Tcp(IPAddress? address, int port) => new() { Address = address, Port = port };

    public static bool TryParse(string text, out ListenAddress listen, out string problem)
    {
        listen = new ListenAddress();
        problem = $"\"{text}\" is not an address: write host:port, a port, or unix:/path";
        var value = text.Trim();

        if (value.StartsWith("unix:", StringComparison.Ordinal))
        {
            var path = value["unix:".Length..];
            if (!path.StartsWith('/') || System.Text.Encoding.UTF8.GetByteCount(path) > MaxUnixPathBytes)
            {
                problem = $"\"{text}\": a socket path is absolute and at most {MaxUnixPathBytes} bytes long";
                return false;
            }

            listen = new ListenAddress { UnixPath = path };
            return true;
        }

        var colon = value.LastIndexOf(':');
        var host = colon < 0 ? "" : value[..colon];
        if (!ushort.TryParse(value.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return false;
        }

        if (host is "" or "*")
        {
            listen = Tcp(null, port);
            return true;
        }

        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            listen = Tcp(IPAddress.Loopback, port);
            return true;
        }

        // An IPv6 address stands in brackets, or its last group could be taken for the port.
        if (host.Contains(':', StringComparison.Ordinal) != (host.StartsWith('[') && host.EndsWith(']'))
            || !IPAddress.TryParse(host.AsSpan().Trim("[]"), out var address))
        {
            return false;
        }

        listen = Tcp(address, port);
        return true;
    }

    public override string ToString() => UnixPath is { } path
        ? $"unix:{path}"
        : string.Create(CultureInfo.InvariantCulture, $"{Address switch
        {
            null => "*",
            { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } v6 => $"[{v6}]",
            var v4 => v4.ToString(),
        }}:{Port}");
}
