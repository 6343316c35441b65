using System.Globalization;
using System.Net;
using HmacFileServer.Settings.Sources;

namespace HmacFileServer.Settings.Values;

/// <summary>The kinds of value that several keys share. Each says in one sentence what it wanted.</summary>
internal static class Parsers
{
    public static bool Text(string text, out string value, out string problem)
    {
        value = text;
        problem = "must not be empty";
        return text.Length > 0;
    }

    public static bool Flag(string text, out bool value, out string problem)
    {
        problem = $"\"{text}\" is neither true nor false";
        return bool.TryParse(text, out value);
    }

    public static Parse<int> Number(int least, int most) => (string text, out int value, out string problem) =>
    {
        problem = string.Create(
            CultureInfo.InvariantCulture, $"\"{text}\" is not a whole number from {least} to {most}");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least
            && value <= most;
    };

    public static Parse<Duration> Lasting(TimeSpan least, TimeSpan most) =>
        (string text, out Duration value, out string problem) =>
        {
            if (!Duration.TryParse(text, out value, out problem))
            {
                return false;
            }

            problem = $"\"{text}\" is out of range: from {new Duration(least)} to {new Duration(most)}";
            return value.Time >= least && value.Time <= most;
        };

    public static Parse<Duration> Longer(TimeSpan least) => (string text, out Duration value, out string problem) =>
    {
        if (!Duration.TryParse(text, out value, out problem))
        {
            return false;
        }

        problem = $"\"{text}\" is too short: at least {new Duration(least)}";
        return value.Time >= least;
    };

    public static Parse<ByteSize> Between(ByteSize least, ByteSize most) =>
        (string text, out ByteSize value, out string problem) =>
        {
            if (!ByteSize.TryParse(text, out value, out problem))
            {
                return false;
            }

            problem = $"\"{text}\" is out of range: from {least} to {most}";
            return value.Bytes >= least.Bytes && value.Bytes <= most.Bytes;
        };

    /// <summary>"10.0.0.0/8", "::1" or "127.0.0.1": one address is a network of its own.</summary>
    public static bool Network(string text, out IPNetwork value, out string problem)
    {
        problem = $"\"{text}\" is not an address or a network such as 10.0.0.0/8";
        if (IPAddress.TryParse(text, out var address))
        {
            var bits = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? 128 : 32;
            value = new IPNetwork(address, bits);
            return true;
        }

        return IPNetwork.TryParse(text, out value);
    }

    /// <summary>"0660": octal, as for chmod.</summary>
    public static bool FileMode(string text, out UnixFileMode value, out string problem)
    {
        problem = $"\"{text}\" is not a file mode such as \"0660\"";
        value = default;
        if (text.Length is < 3 or > 4 || text.AsSpan().ContainsAnyExceptInRange('0', '7'))
        {
            return false;
        }

        value = (UnixFileMode)Convert.ToInt32(text, 8);
        return value <= (UnixFileMode)0x1FF; // 0777: no set-id bits on a socket
    }

    /// <summary>
    /// ".JPG" or "jpg": without the dot, lower case. "tar.gz" is compared with the last part alone, so it is refused.
    /// </summary>
    public static bool Extension(string text, out string value, out string problem)
    {
        value = text.TrimStart('.').ToLowerInvariant();
        problem = value.Contains('.', StringComparison.Ordinal)
            ? $"\"{text}\" is two extensions, and only the last part of a name counts: "
                + $"write \"{value[(value.LastIndexOf('.') + 1)..]}\""
            : $"\"{text}\" is not a file name extension such as \"jpg\"";
        return value.Length is > 0 and < 64 && !value.AsSpan().ContainsAny("./\\ ");
    }

    /// <summary>A media type, or "image/*" for all of a kind.</summary>
    public static bool MediaType(string text, out string value, out string problem)
    {
        value = text.Trim().ToLowerInvariant();
        problem = $"\"{text}\" is not a media type such as \"text/plain\" or \"image/*\"";
        return Http.MediaType.TryParse(value, out var type) && type.Essence.Length == value.Length;
    }

    public static bool Level(string text, out LogLevel value, out string problem)
    {
        problem = $"\"{text}\" is not a level: debug, info, warning or error";
        LogLevel? level = text.ToLowerInvariant() switch
        {
            "trace" => LogLevel.Trace,
            "debug" => LogLevel.Debug,
            "info" or "information" => LogLevel.Information,
            "warn" or "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            "critical" or "fatal" => LogLevel.Critical,
            _ => null,
        };
        value = level ?? default;
        return level is not null;
    }

    public static bool Format(string text, out LogFormat value, out string problem)
    {
        problem = $"\"{text}\" is neither text nor json";
        value = text == "json" ? LogFormat.Json : LogFormat.Text;
        return text is "json" or "text";
    }

    /// <summary>"*", or a scheme and host as browsers send it in Origin (RFC 6454 section 7).</summary>
    public static bool Origin(string text, out string value, out string problem)
    {
        value = text.TrimEnd('/');
        problem = $"\"{text}\" is not \"*\" or an origin such as https://chat.example.org";
        return value == "*"
            || (Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                && uri.PathAndQuery == "/");
    }
}
