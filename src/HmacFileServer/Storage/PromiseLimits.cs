using HmacFileServer.Settings;

namespace HmacFileServer.Storage;

/// <summary>
/// How much of the disk uploads under way may have announced and not yet brought. To announce a large file costs
/// nothing: so it must not take from others what they need.
/// </summary>
internal sealed record PromiseLimits
{
    /// <summary>A file of this size may have what the larger ones leave.</summary>
    private const long SmallFile = 64 << 20;

    public long KeepFreeBytes { get; init; }

    /// <summary>Of what is free, for everybody's promises.</summary>
    public Percent Share { get; init; } = new(100);

    /// <summary>The same for those of one client, where he has another upload under way.</summary>
    public Percent SharePerClient { get; init; } = new(100);

    public static PromiseLimits Of(ServerSettings settings) => new()
    {
        KeepFreeBytes = settings.Server.MinFreeBytes.Bytes,
        Share = settings.Limits.PromisedSpace,
        SharePerClient = settings.Limits.PromisedSpacePerClient,
    };

    /// <param name="bytes">What one more upload announces.</param>
    /// <param name="free">What may be filled.</param>
    /// <param name="promised">Of it, what others have announced.</param>
    /// <param name="own">Of that, what the same client has.</param>
    public PromiseLimit Judge(long bytes, long free, long promised, long own)
    {
        var isSmall = bytes <= SmallFile;
        if (bytes > free - promised || (!isSmall && bytes > PartOf(free, Share)))
        {
            return PromiseLimit.Disk;
        }

        var ownPart = PartOf(free, isSmall && Share.Value > SharePerClient.Value ? Share : SharePerClient);
        if (own > 0 && bytes > ownPart - own)
        {
            return PromiseLimit.Client;
        }

        return !isSmall && bytes > PartOf(free, Share) - promised ? PromiseLimit.Everybody : PromiseLimit.None;
    }

    private static long PartOf(long free, Percent share) => (long)((Int128)free * share.Value / 100);
}

/// <summary>What stands against one more upload.</summary>
internal enum PromiseLimit
{
    None,

    /// <summary>It does not fit, whoever waits for whom.</summary>
    Disk,

    /// <summary>The client has announced enough for now.</summary>
    Client,

    /// <summary>All together have.</summary>
    Everybody,
}
