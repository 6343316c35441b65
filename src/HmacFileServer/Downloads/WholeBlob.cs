using HmacFileServer.Storage;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Downloads;

/// <summary>
/// All of a blob for who asked for it without range or condition: what the framework's file result would answer, without
/// its reading and weighing of headers that are not there, a tenth of a small download (docs/performance.md).
/// </summary>
internal sealed class WholeBlob(BlobStream stream, Blob blob, string contentType, ServerMetrics metrics) : IResult
{
    /// <summary>Whether nothing can come of the request but the whole: RFC 9110 sections 13.1 and 14.2.</summary>
    public static bool IsWanted(IHeaderDictionary headers) =>
        headers.Range.Count == 0
        && headers.IfNoneMatch.Count == 0
        && headers.IfModifiedSince.Count == 0
        && headers.IfMatch.Count == 0
        && headers.IfUnmodifiedSince.Count == 0;

    public async Task ExecuteAsync(HttpContext http)
    {
        await using (stream)
        {
            var response = http.Response;
            response.ContentType = contentType;
            response.ContentLength = blob.Length;
            response.Headers.ETag = blob.ETag;
            response.Headers.LastModified = blob.LastModifiedHttp;
            metrics.Served();
            if (http.Request.Method == HttpMethods.Head)
            {
                return;
            }

            try
            {
                await stream.SendAsync(http.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                http.Abort(); // the client left
            }
        }
    }
}
