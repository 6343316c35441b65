using System.Buffers;
using System.Net;
using System.Net.NetworkInformation;
using HmacFileServer.Http.Proxies;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Settings.Binding;

/// <summary>Reads <c>[xmpp]</c>. Half a component is a mistake, not a component that is off.</summary>
internal static class XmppBinder
{
    private static readonly SearchValues<char> NotInDomains = SearchValues.Create("@/*\"'<>& ");

    // RFC 3986 section 2.3
    private static readonly SearchValues<char> Unreserved = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    public static XmppSettings Bind(
        TableReader table, XmppSettings otherwise, HostSettings server, SecuritySettings security)
    {
        var xmpp = new XmppSettings
        {
            Domain = table.Read<string?>("domain", otherwise.Domain, OptionalDomain),
            Server = table.Read<string>("server", otherwise.Server, Parsers.Text),
            Port = table.Read("port", otherwise.Port, Parsers.Number(1, 65535)),
            Secret = table.Read<Secret?>("secret", otherwise.Secret, SecretBinder.Usable),
            Allow = table.ReadList<string>("allow", otherwise.Allow, AllowedDomain),
            Name = table.Read<string>("name", otherwise.Name, DisplayName),
            SlotsPerMinute = table.Read("slots_per_minute", otherwise.SlotsPerMinute, Parsers.Number(0, 1_000_000)),
            MessageAge = table.Read<Duration>("message_age", otherwise.MessageAge, Duration.TryParse),
            ProfileAge = table.Read<Duration>("profile_age", otherwise.ProfileAge, Duration.TryParse),
            EphemeralAge = table.Read<Duration>("ephemeral_age", otherwise.EphemeralAge, Duration.TryParse),
            PermanentAge = table.Read<Duration>("permanent_age", otherwise.PermanentAge, Duration.TryParse),
            ServiceKey = table.Read<Secret?>("service_key", otherwise.ServiceKey, Key),
            ServiceAddresses = table.ReadList<IPNetwork>(
                "service_addresses", otherwise.ServiceAddresses, Parsers.Network),
        };
        var fromFile = SecretBinder.FromFile(table);
        if (table.Has("secret") && table.Has("secret_file"))
        {
            table.Problem("secret_file", "stands beside secret: give one of the two");
        }

        xmpp = xmpp with { Secret = xmpp.Secret ?? fromFile };
        RejectHalves(table, xmpp, server, security);
        RejectOpenDoor(table, xmpp, server);
        return xmpp;
    }

    /// <summary>
    /// Behind a proxy that sends no X-Forwarded-For everybody has the proxy's address, and anybody would get slots. A
    /// proxy on this machine need not be among the trusted ones, and one on a unix socket has no address at all.
    /// </summary>
    private static void RejectOpenDoor(TableReader table, XmppSettings xmpp, HostSettings server)
    {
        if (xmpp.ServiceKey is not null || table.Has("service_key") || xmpp.ServiceAddresses.IsEmpty)
        {
            return;
        }

        if (server.ListenAddress.Any(listen => listen.UnixPath is not null))
        {
            table.Problem("service_addresses", "says too little: a unix socket's peer has no address; set service_key");
            return;
        }

        var open = xmpp.ServiceAddresses.Where(
            asking => server.TrustedProxies.Concat(ThisMachine(server)).Any(proxy => proxy.Overlaps(asking)));
        if (open.Any())
        {
            table.Problem(
                "service_addresses",
                $"says too little: {open.First()} is also where requests of a proxy come from; set service_key");
        }
    }

    /// <summary>From where a proxy on this machine comes to us: the address that it connects to, or loopback.</summary>
    private static IEnumerable<IPNetwork> ThisMachine(HostSettings server)
    {
        var listening = server.ListenAddress.Concat(server.ProxyProtocolAddress).Where(at => at.UnixPath is null).ToArray();
        var addresses = listening.Any(at => at.Address is null || at.Address.Equals(IPAddress.Any)
            || at.Address.Equals(IPAddress.IPv6Any))
            ? NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(network => network.GetIPProperties().UnicastAddresses)
                .Select(unicast => new IPAddress(unicast.Address.GetAddressBytes())) // without the scope of fe80::
            : listening.Select(at => at.Address!);
        return addresses
            .Select(address => new IPNetwork(address, address.GetAddressBytes().Length * 8))
            .Append(IPNetwork.Parse("127.0.0.0/8"))
            .Append(new(IPAddress.IPv6Loopback, 128));
    }

    private static void RejectHalves(
        TableReader table, XmppSettings xmpp, HostSettings server, SecuritySettings security)
    {
        var hasSecret = table.Has("secret") || table.Has("secret_file");
        if (xmpp.Domain is not null && !hasSecret)
        {
            table.Problem("secret", "is missing: set it to the component's secret in the XMPP server");
        }

        if (xmpp.Domain is null && hasSecret && !table.Has("domain"))
        {
            table.Problem("domain", "is missing: the component's address, such as upload.example.org");
        }

        if (xmpp.Domain is null && !xmpp.HasSlotUrl)
        {
            return;
        }

        var entrance = xmpp.Domain is not null ? "domain"
            : xmpp.ServiceKey is not null ? "service_key"
            : "service_addresses";
        if (server.PublicUrl is null)
        {
            table.Problem(entrance, "needs server.public_url: the slots we issue begin with it");
        }

        if (!security.Schemes.Contains("jwt", StringComparer.Ordinal))
        {
            table.Problem(entrance, "needs \"jwt\" in security.schemes: the slots we issue are signed so");
        }
    }

    private static bool OptionalDomain(string text, out string? value, out string problem)
    {
        var isDomain = Domain(text, out var domain, out problem);
        value = domain;
        return isDomain;
    }

    private static bool AllowedDomain(string text, out string value, out string problem) =>
        Domain(text, out value, out problem) || text == "*";

    private static bool Domain(string text, out string value, out string problem)
    {
        value = text.ToLowerInvariant();
        problem = $"\"{text}\" is not a domain such as example.org";
        return value.Length is > 0 and < 1024 && !value.AsSpan().ContainsAny(NotInDomains)
            && !value.Any(char.IsControl);
    }

    private static bool DisplayName(string text, out string value, out string problem)
    {
        value = text;
        problem = "is not a name people can read";
        return text.Trim().Length > 0
            && !text.Any(character => char.IsControl(character) || char.IsSurrogate(character));
    }

    /// <summary>It stands in a URL that ejabberd does not escape.</summary>
    private static bool Key(string text, out Secret? value, out string problem)
    {
        if (!SecretBinder.Usable(text, out value, out problem))
        {
            return false;
        }

        problem = "takes letters, digits, \"-\", \".\", \"_\" and \"~\", at least 16 of them: "
            + "for example openssl rand -hex 32";
        return text.Length >= Secret.WeakBelowBytes && !text.AsSpan().ContainsAnyExcept(Unreserved);
    }
}
