using HmacFileServer.Settings;

namespace HmacFileServer.Uploads;

/// <summary>How slow an upload may be.</summary>
/// <param name="Silence">The longest without a byte.</param>
/// <param name="BytesPerSecond">What it must bring in the long run; 0 for anything at all.</param>
internal sealed record UploadPace(TimeSpan Silence, long BytesPerSecond)
{
    private const long SecondsADay = 24 * 60 * 60;
    private const long MostDemanded = 1 << 10; // a fifth of what a phone brings at its worst, 5 KB/s

    /// <summary>
    /// How long we wait in all for one that brings next to nothing: two silences, so that a phone comes out of a
    /// tunnel, sends a little, and may go into the next.
    /// </summary>
    public TimeSpan Patience => Silence * 2;

    /// <param name="length">
    /// The more somebody has announced, the more of the disk waits for him: he is to bring it within a day. But nobody
    /// has to be faster than a phone far from its mast.
    /// </param>
    public static UploadPace Of(ServerSettings settings, long length = 0)
    {
        var least = settings.Limits.MinUploadRate.Bytes;
        var ofLength = Math.Min(length / SecondsADay, MostDemanded);
        return new(settings.Timeouts.ReadTimeout.Time, least == 0 ? 0 : Math.Max(least, ofLength));
    }

    /// <summary>The patience that so many bytes are worth.</summary>
    public TimeSpan EarnedBy(long bytes) => BytesPerSecond > 0 && bytes < BytesPerSecond * Patience.TotalSeconds
        ? TimeSpan.FromSeconds((double)bytes / BytesPerSecond)
        : Patience * 2;
}
