using HmacFileServer.Settings.Values;

namespace HmacFileServer.Settings;

/// <summary>
/// <c>[limits]</c>: what one client may ask for before it is told to wait. 0 means no limit. Generous on purpose: many
/// people share an address, and a picture that was not shown is a fault, too.
/// </summary>
internal sealed record LimitSettings
{
    /// <summary>Requests of one client within a minute, all of which may come at once.</summary>
    public int RequestsPerMinute { get; init; } = 12_000;

    /// <summary>Uploads of one client that were signed and about to begin.</summary>
    public int UploadsPerMinute { get; init; } = 1_200;

    public int OwnerUploadsPerMinute { get; init; } = 300;

    /// <summary>Open connections of everybody.</summary>
    public int Connections { get; init; } = 20_000;

    public int ConnectionsPerAddress { get; init; } = 1_000;

    /// <summary>How many bits of an address tell clients apart.</summary>
    public int Ipv4Prefix { get; init; } = 32;

    /// <summary>A home has 64 bits of its own (RFC 6177), and a flood could come from all of them.</summary>
    public int Ipv6Prefix { get; init; } = 64;

    /// <summary>Bytes a second of an upload in the long run; zero for none.</summary>
    public ByteSize MinUploadRate { get; init; } = new(64);

    /// <summary>Of the free space, what uploads under way may have announced and not yet brought.</summary>
    public Percent PromisedSpace { get; init; } = new(80);

    /// <summary>The same for the uploads of one owner or client, if they are several.</summary>
    public Percent PromisedSpacePerClient { get; init; } = new(50);
}
