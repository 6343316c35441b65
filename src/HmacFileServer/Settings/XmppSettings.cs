using System.Collections.Immutable;
using System.Net;
using HmacFileServer.Settings.Values;
using HmacFileServer.Slots.Issuing;

namespace HmacFileServer.Settings;

/// <summary>
/// <c>[xmpp]</c>: issuing slots ourselves, as a component (XEP-0114) or for ejabberd's <c>service_url</c>.
/// </summary>
internal sealed record XmppSettings
{
    /// <summary>The component's own address, "upload.example.org"; null and there is no component.</summary>
    public string? Domain { get; init; }

    public string Server { get; init; } = "127.0.0.1";

    public int Port { get; init; } = 5347;

    public Secret? Secret { get; init; }

    /// <summary>
    /// Domains whose users get slots; "*" is everybody. Empty: those of the component's parent domain.
    /// </summary>
    public ImmutableArray<string> Allow { get; init; } = [];

    /// <summary>What clients call the service.</summary>
    public string Name { get; init; } = "File upload";

    /// <summary>Slots one user may ask for in a minute; 0 for as many as they like.</summary>
    public int SlotsPerMinute { get; init; } = 60;

    public Duration MessageAge { get; init; }

    public Duration ProfileAge { get; init; }

    public Duration EphemeralAge { get; init; }

    public Duration PermanentAge { get; init; }

    /// <summary>The last part of ejabberd's service_url; null and no key opens it.</summary>
    public Secret? ServiceKey { get; init; }

    /// <summary>Who may ask at service_url. Empty: whoever has the key.</summary>
    public ImmutableArray<IPNetwork> ServiceAddresses { get; init; } = [];

    public bool HasSlotUrl => ServiceKey is not null || !ServiceAddresses.IsEmpty;

    /// <summary>Whether people of that domain get slots from the component.</summary>
    public bool Admits(string domain) => Allow.IsEmpty
        ? Domain is { } own && own.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase)
            && own.AsSpan(..^(domain.Length + 1)).IndexOf('.') < 0
        : IsAllowed(domain);

    /// <summary>Whether <c>allow</c>, if there is one, names that domain.</summary>
    public bool IsAllowed(string domain) => Allow.IsEmpty
        || Allow.Contains("*", StringComparer.Ordinal)
        || Allow.Contains(domain, StringComparer.OrdinalIgnoreCase);

    /// <summary>How long a file of that purpose is kept; null for as long as [retention] keeps it.</summary>
    public TimeSpan? Age(SlotPurpose purpose)
    {
        var age = purpose switch
        {
            SlotPurpose.Profile => ProfileAge,
            SlotPurpose.Ephemeral => EphemeralAge,
            SlotPurpose.Permanent => PermanentAge,
            _ => MessageAge,
        };
        return age.Time > TimeSpan.Zero ? age.Time : null;
    }
}
