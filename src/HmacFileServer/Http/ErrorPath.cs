namespace HmacFileServer.Http;

/// <summary>
/// Goes once, at the start, the way that exceptions go. What has been loaded then need not be opened when no file
/// descriptor is left: an assembly that can't be opened makes every refusal a bare 500, for as long as we live.
/// </summary>
internal static class ErrorPath
{
    public static async Task WarmAsync(IServiceProvider services)
    {
        var app = new ApplicationBuilder(services);
        app.UseExceptionHandler(_ => { });
        app.Run(_ => throw new OperationCanceledException()); // a client that has left: nowhere counted or logged
        await app.Build()(new DefaultHttpContext { RequestServices = services });
    }
}
