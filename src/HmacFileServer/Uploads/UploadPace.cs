using HmacFileServer.Settings;

namespace HmacFileServer.Uploads;

/// <summary>How slow an upload may be.</summary>
/// <param name="Silence">The longest without a byte.</param>
/// <param name="BytesPerSecond">What it must bring in the long run; 0 for anything at all.</param>
internal sealed record UploadPace(TimeSpan Silence, long BytesPerSecond)
{
    /// <summary>
    /// How long we wait in all for one that brings next to nothing: two silences, so that a phone comes out of a
    /// tunnel, sends a little, and may go into the next.
    /// </summary>
    public TimeSpan Patience => Silence * 2;

    public static UploadPace Of(ServerSettings settings) =>
        new(settings.Timeouts.ReadTimeout.Time, settings.Limits.MinUploadRate.Bytes);

    /// <summary>The patience that so many bytes are worth.</summary>
    public TimeSpan EarnedBy(long bytes) => BytesPerSecond > 0 && bytes < BytesPerSecond * Patience.TotalSeconds
        ? TimeSpan.FromSeconds((double)bytes / BytesPerSecond)
        : Patience * 2;
}
