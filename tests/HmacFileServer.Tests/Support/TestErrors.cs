using HmacFileServer.Telemetry;
using Microsoft.Extensions.Logging;

namespace HmacFileServer.Tests.Support;

/// <summary>Where errors are reported, for a part that is tried without the rest of the server.</summary>
internal static class TestErrors
{
    /// <param name="log">Gets a line of each kind of error.</param>
    public static BackgroundErrors New(CapturedLog? log = null) => new(
        TimeProvider.System, new ServerMetrics(new OneMeter()),
        new Logger<BackgroundErrors>(new LoggerFactory([log ?? new CapturedLog()])));
}
