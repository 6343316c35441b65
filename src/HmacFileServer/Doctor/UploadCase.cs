using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor;

/// <summary>An upload to reckon with: so many bytes over a line of so many megabits (10^6 bits) a second.</summary>
internal sealed record UploadCase(long Bytes, double MegabitsPerSecond)
{
    /// <summary>The upload this command was made for: 970 MB from home.</summary>
    public static readonly UploadCase Story = new(970L << 20, 10);

    public double BytesPerSecond => MegabitsPerSecond * 1e6 / 8;

    public TimeSpan Duration => Seconds(Bytes / BytesPerSecond);

    /// <summary>"An upload of 970 MB at 10 Mbit/s".</summary>
    public override string ToString() =>
        $"An upload of {Words.Size(Bytes)} at {Words.Number(MegabitsPerSecond)} Mbit/s";

    /// <summary>A length of time that may be absurd: at most what a TimeSpan holds.</summary>
    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, 1e11));
}
