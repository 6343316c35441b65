namespace HmacFileServer.Doctor;

/// <summary>What a proxy does to an upload, as far as the arithmetic needs it.</summary>
/// <param name="MaxBody">Null for no limit.</param>
/// <param name="BodySilence">Null for as long as it may take; the same of <paramref name="AnswerSilence"/>.</param>
/// <param name="Http2Window">Bytes that may be on the way over HTTP/2; null for no HTTP/2, or a window without
/// bounds.</param>
internal sealed record ProxyLimits(
    string Name, long? MaxBody, bool StoresFirst, TimeSpan? BodySilence, TimeSpan? AnswerSilence, bool SpeaksHttp2,
    long? Http2Window)
{
    /// <summary>deploy/nginx as shipped: what is assumed where no proxy could be read.</summary>
    public static readonly ProxyLimits Shipped = new(
        "nginx as shipped", null, false, TimeSpan.FromSeconds(300), TimeSpan.FromSeconds(300), true, 1 << 20);
}
