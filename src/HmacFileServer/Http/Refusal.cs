using System.Globalization;
using System.Reflection;
using System.Text;
using HmacFileServer.Ledger;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry;
using HmacFileServer.Uploads;

namespace HmacFileServer.Http;

/// <summary>
/// Every "no" there is, once: its status, and a code that never changes, used as response header, log field and metric
/// label. An endpoint returns it like any result. A PUT gets one sentence, which Converse and slixmpp show to people; a
/// GET gets an empty body, for Profanity saves the body of an error as the file.
/// </summary>
/// <remarks>
/// Just return it: no abort, no close. What the client or a proxy still sends is read for a while
/// (<see cref="RestOfBody"/>). Closing with unread data is what turns a 403 into a 502 (RFC 9112 section 9.6).
/// </remarks>
internal sealed record Refusal(int Status, string Code, string Sentence) : IResult
{
    public const string CodeHeader = "X-Refusal";

    /// <summary>Cache-Control of every refusal: 404, 405, 410, 414 may be kept otherwise (RFC 9111 section 4.2.2).</summary>
    public const string Uncached = "no-store";

    public static readonly Refusal BadRequest = new(400, "bad-request", "The request is malformed.");
    public static readonly Refusal BadPath = new(400, "bad-path", "This is not a path a file can have.");
    public static readonly Refusal PartialUpload = new(400, "partial-upload", "Files are sent whole, not in parts.");
    public static readonly Refusal BrokenBody = new(400, "broken-body", "The file ended before its announced size.");
    public static readonly Refusal OutsideBasePath = new(
        403, "outside-base-path", "Files are not stored under this path.");
    public static readonly Refusal Unauthorized = new(401, "unauthorized", "A valid upload token is needed.");
    public static readonly Refusal NoRoom = new(402, "no-room", "There is no room for this file at the moment.");
    public static readonly Refusal SlotsNotForYou = new(403, "slots-not-for-you", "You get no upload slots here.");
    public static readonly Refusal SlotTypeNotAllowed = new(
        403, "slot-type-not-allowed", "Files of this type are not taken.");
    public static readonly Refusal Unsigned = new(403, "unsigned", "The URL carries no signature.");
    public static readonly Refusal BadSignature = new(403, "bad-signature", "The signature does not match.");
    public static readonly Refusal Expired = new(403, "expired", "The upload URL has expired. Ask for a new one.");
    public static readonly Refusal NotYetValid = new(403, "not-yet-valid", "The upload token is from the future.");
    public static readonly Refusal WrongSlot = new(403, "wrong-slot", "The upload token is for another file.");
    public static readonly Refusal BlockedContent = new(403, "blocked-content", "This content is not accepted here.");
    public static readonly Refusal NotFound = new(404, "not-found", "There is nothing here.");
    public static readonly Refusal MethodNotAllowed = new(405, "method-not-allowed", "This method is not supported.");
    public static readonly Refusal TooSlow = new(
        408, "too-slow", "Nothing, or next to nothing, was received for too long.");
    public static readonly Refusal AlreadyUploaded = new(409, "already-uploaded", "Another file was uploaded here.");
    public static readonly Refusal Superseded = new(409, "superseded", "A newer upload to the same URL took over.");
    public static readonly Refusal Deleted = new(409, "deleted", "The file was deleted. Ask for a new URL.");
    public static readonly Refusal Gone = new(410, "gone", "The file has expired.");
    public static readonly Refusal LengthRequired = new(
        411, "length-required", "The size of the file must be sent ahead.");
    public static readonly Refusal TooLarge = new(413, "too-large", "The file is larger than this server takes.");
    public static readonly Refusal WrongSize = new(
        413, "wrong-size", "The file is not of the size that was asked for.");
    public static readonly Refusal TypeNotAllowed = new(415, "type-not-allowed", "Files of this type are not taken.");
    public static readonly Refusal TooManyRequests = new(
        429, "too-many-requests", "Too many at once. Try again shortly.");
    public static readonly Refusal HeadersTooLarge = new(431, "headers-too-large", "The headers are too large.");
    public static readonly Refusal Internal = new(500, "internal", "Something went wrong on the server.");
    public static readonly Refusal Busy = new(503, "busy", "Too much at once. Try again shortly.");
    public static readonly Refusal LedgerUnavailable = new(
        503, "ledger-unavailable", "Nothing can be stored at the moment.");
    public static readonly Refusal OverQuota = new(
        507, "over-quota", "Your files take all the space you may use here.");
    public static readonly Refusal StoreUnwritable = new(
        503, "store-unwritable", "The server can't store files at the moment.");
    public static readonly Refusal StorageFull = new(507, "storage-full", "The server has no space left.");

    /// <summary>Each of them, as declared above.</summary>
    public static readonly IReadOnlyList<Refusal> All =
        [.. typeof(Refusal).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null))
            .OfType<Refusal>()];

    /// <summary>
    /// Seconds for Retry-After, where nobody knows better. Never 0: OkHttp takes that as an order to send the whole
    /// body again at once.
    /// </summary>
    private const int RetryAfterSeconds = 10;

    /// <summary>
    /// Whether the client is gone. No error of anybody, and nobody is there to be answered. HttpContext.RequestAborted
    /// doesn't tell: it is cancelled some time after a read has failed.
    /// </summary>
    public static bool IsDeparture(Exception e) => e is ClientLeftException or OperationCanceledException;

    /// <summary>The one place where an exception becomes a status.</summary>
    public static Refusal From(Exception e) => e switch
    {
        UploadBodyException { Fault: UploadBodyFault.TooSlow } => TooSlow,
        UploadBodyException { Fault: UploadBodyFault.TooLong } => WrongSize,
        UploadBodyException => BrokenBody,
        SupersededException => Superseded,
        TooManyOpenFilesException or PosixException { IsOutOfFiles: true } => Busy,
        IOException { HResult: Errno.TooManyFiles or Errno.TooManyFilesOfAll } => Busy,
        StorageFullException => StorageFull,
        LedgerException { IsFull: true } => StorageFull,
        LedgerException => LedgerUnavailable,
        BadHttpRequestException { StatusCode: 408 } => TooSlow,
        BadHttpRequestException { StatusCode: 413 } => TooLarge,
        BadHttpRequestException { StatusCode: 431 } => HeadersTooLarge,
        BadHttpRequestException => BrokenBody,
        PosixException { IsUnwritable: true } or IOException { HResult: Errno.ReadOnly } => StoreUnwritable,
        UnauthorizedAccessException or DirectoryNotFoundException or DriveNotFoundException => StoreUnwritable,
        _ => Internal,
    };

    public async Task ExecuteAsync(HttpContext http)
    {
        http.RequestServices.GetRequiredService<ServerMetrics>().Refused(Code);

        var response = http.Response;
        response.StatusCode = Status;
        response.Headers[CodeHeader] = Code;
        response.Headers.CacheControl = Uncached;
        if (Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        if (Status == StatusCodes.Status503ServiceUnavailable && response.Headers.RetryAfter.Count == 0)
        {
            response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        // The client must not wonder whether what it sends next is the body or a request (RFC 9110 section 10.1.1, RFC
        // 9112 section 9.3): Apache would send the body, older Caddys and aiohttp the next request. A slow body's rest
        // may come any time, and is nobody's.
        var isUnread = RestOfBody.IsUnread(http);
        if (isUnread && !HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            response.Headers.Connection = "close";
        }

        await AnswerAsync(http);
        if (isUnread && this != TooSlow)
        {
            await response.Body.FlushAsync();
            await RestOfBody.SkipAsync(http);
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var response = http.Response;
        if (http.Request.Method != HttpMethods.Put)
        {
            response.ContentLength = 0;
            return;
        }

        var body = Encoding.UTF8.GetBytes(Sentence + "\n");
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }
}
