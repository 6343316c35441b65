using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Commands.Check;

/// <summary>The options of <c>check</c>.</summary>
internal static class CheckOptions
{
    public static readonly Option<bool> Json = new("--json") { Description = "The report as JSON." };

    public static readonly Option<string?> Nginx = new("--nginx")
    {
        Description = "nginx.conf, or a file with the output of nginx -T. Without it: what nginx -T says here, "
            + "if there is one.",
        HelpName = "FILE",
    };

    public static readonly Option<string?> Caddy = new("--caddy")
    {
        Description = "A Caddyfile to read.",
        HelpName = "FILE",
    };

    public static readonly Option<string?> HaProxy = new("--haproxy")
    {
        Description = "An haproxy.cfg to read.",
        HelpName = "FILE",
    };

    public static readonly Option<string?> Apache = new("--apache")
    {
        Description = "A configuration of Apache's to read, such as that of the site.",
        HelpName = "FILE",
    };

    public static readonly Option<bool> Probe = new("--probe")
    {
        Description =
            "Also upload through public_url, the way clients do, and look at what arrives. The server must be running.",
    };

    public static readonly Option<string?> Account = new("--xmpp")
    {
        Description = "Also log in to the XMPP server as this account, ask for a slot, judge it and upload by it. "
            + "The password is taken from XMPP_PASSWORD in the environment, or asked for.",
        HelpName = "USER@HOST",
    };

    public static readonly Option<string?> XmppServer = new("--xmpp-server")
    {
        Description = "Where that server is. Without it: what the SRV records of the account's domain say, "
            + "else the domain, port 5222.",
        HelpName = "HOST[:PORT]",
    };

    public static readonly Option<bool> XmppDirectTls = new("--xmpp-direct-tls")
    {
        Description = "TLS from the first byte, without STARTTLS; goes without saying on port 5223.",
    };

    public static readonly Option<bool> XmppAnyCertificate = new("--xmpp-any-certificate")
    {
        Description =
            "Go on although the XMPP server's certificate is not trusted here, such as one that it has signed itself.",
    };

    public static readonly Option<ByteSize?> Size = new("--size")
    {
        Description = "The size of the upload to reckon with, such as 970MB.",
        HelpName = "SIZE",
        CustomParser = ParseSize,
    };

    public static readonly Option<double?> Mbps = new("--mbps")
    {
        Description = "The speed of its line in Mbit/s.",
        HelpName = "RATE",
        CustomParser = ParseRate,
    };

    private static ByteSize? ParseSize(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (ByteSize.TryParse(text, out var size, out var problem) && size.Bytes > 0)
        {
            return size;
        }

        result.AddError(size.Bytes == 0 && problem.Length == 0 ? "A size is more than nothing." : problem);
        return null;
    }

    private static double? ParseRate(ArgumentResult result)
    {
        const NumberStyles Plain = NumberStyles.AllowDecimalPoint;
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, Plain, CultureInfo.InvariantCulture, out var rate) && rate is > 0.0001 and < 1e9)
        {
            return rate;
        }

        result.AddError($"\"{text}\" is not a number of Mbit/s.");
        return null;
    }
}
