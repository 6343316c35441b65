namespace HmacFileServer.Telemetry;

/// <summary>
/// Every event of the log. Ids stay for ever: 1xx uploads, 2xx downloads, 3xx slots, 4xx storage, 5xx settings, 6xx the
/// host, 650 the audit log, 7xx the ledger and retention, 8xx XMPP, 90x and 94x what the server notices of the proxy in
/// front, 92x TLS. Highest in use: 108, 202, 310, 406, 504, 632, 650, 711, 802, 900, 920, 940. 601, 605 and 607 are
/// 503 now, 706 is 630.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(
        100, LogLevel.Information, "Stored {Key}, {Bytes} bytes for {Owner}, signed {Scheme}, from {Address}")]
    public static partial void Stored(
        this ILogger log, string key, long bytes, string owner, string scheme, string address);

    [LoggerMessage(101, LogLevel.Information, "Refused {Key}: {Status} {Code}, from {Address}")]
    public static partial void Refused(this ILogger log, string key, int status, string code, string address);

    [LoggerMessage(102, LogLevel.Information, "Stored before, and the same again: {Key}, from {Address}")]
    public static partial void Repeated(this ILogger log, string key, string address);

    [LoggerMessage(103, LogLevel.Information, "The client left before the end of {Key}, {Bytes} bytes, from {Address}")]
    public static partial void ClientLeft(this ILogger log, string key, long bytes, string address);

    [LoggerMessage(104, LogLevel.Error, "A {Method} request failed")]
    public static partial void Failed(this ILogger log, Exception exception, string method);

    [LoggerMessage(105, LogLevel.Warning,
        "The proxy seems to store uploads before it passes them on: {What}. Large ones fail so. "
        + "nginx: proxy_request_buffering off; see hmac-file-server check, and docs/large-uploads.md")]
    public static partial void ProxyBuffers(this ILogger log, string what);

    [LoggerMessage(106, LogLevel.Information, "Cut off {Key}, {Bytes} bytes, from {Address}: the server stops")]
    public static partial void CutOff(this ILogger log, string key, long bytes, string address);

    [LoggerMessage(107, LogLevel.Information, "{Count} more within a minute: {What} {Code}, from {Client}")]
    public static partial void RefusedAgain(
        this ILogger log, long count, string what, string code, string client);

    [LoggerMessage(108, LogLevel.Warning,
        "Refused {Count} more requests within a minute, of more clients than the {Most} that are told apart")]
    public static partial void RefusedOthers(this ILogger log, long count, int most);

    [LoggerMessage(200, LogLevel.Debug, "Serving {Key}, {Bytes} bytes")]
    public static partial void Serving(this ILogger log, string key, long bytes);

    [LoggerMessage(201, LogLevel.Debug, "Refused to serve {Key}: {Status} {Code}")]
    public static partial void NotServed(this ILogger log, string key, int status, string code);

    [LoggerMessage(202, LogLevel.Information, "The client took nothing of {Key} for {Silence}, and was cut off")]
    public static partial void DownloadStalled(this ILogger log, string key, TimeSpan silence);

    [LoggerMessage(300, LogLevel.Warning, "The {Scheme} signature of {Key} does not match: {Reason}")]
    public static partial void SignatureMismatch(this ILogger log, string scheme, string key, string reason);

    [LoggerMessage(310, LogLevel.Warning, "The path /{Path} does not begin with base_path {BasePath}: {Reason}")]
    public static partial void OutsideBasePath(this ILogger log, string path, string basePath, string reason);

    [LoggerMessage(301, LogLevel.Information, "No slot for {Owner}: {Code}")]
    public static partial void SlotDenied(this ILogger log, string owner, string code);

    [LoggerMessage(302, LogLevel.Error, "What is stored can't be looked up, so nobody gets a slot")]
    public static partial void SlotFailed(this ILogger log, Exception exception);

    [LoggerMessage(303, LogLevel.Warning, "{Address} asked for a slot without the right key or from a wrong address")]
    public static partial void SlotUrlRefused(this ILogger log, string address);

    [LoggerMessage(304, LogLevel.Warning, "The {Scheme} signature of {Key} is right, but can't be used: {Reason}")]
    public static partial void UnusableTerms(this ILogger log, string scheme, string key, string reason);

    [LoggerMessage(305, LogLevel.Information,
        "A {Scheme} signature was made with a previous secret: the XMPP server still has it")]
    public static partial void PreviousSecretUsed(this ILogger log, string scheme);

    [LoggerMessage(400, LogLevel.Information, "Deleted what an earlier run left; unfinished uploads: {Count}")]
    public static partial void LeftoversSwept(this ILogger log, int count);

    [LoggerMessage(401, LogLevel.Information, "Left the unfinished upload {Name} alone: another process writes it")]
    public static partial void LeftoverInUse(this ILogger log, string name);

    [LoggerMessage(
        402, LogLevel.Debug, "The file system keeps no extended attributes of {Key}, or not all: the name has to tell")]
    public static partial void AttributesNotKept(this ILogger log, string key);

    [LoggerMessage(403, LogLevel.Error, "The store can't be written")]
    public static partial void StoreUnwritable(this ILogger log, Exception exception);

    [LoggerMessage(404, LogLevel.Error, "{Key} could not be stored, the store can't be written: {Reason}")]
    public static partial void StoreRefusesWriting(this ILogger log, string key, string reason);

    [LoggerMessage(405, LogLevel.Information, "The store can be written again")]
    public static partial void StoreWritable(this ILogger log);

    [LoggerMessage(406, LogLevel.Warning, "The unfinished upload {Name} of an earlier run may not be deleted")]
    public static partial void LeftoverForbidden(this ILogger log, string name);

    [LoggerMessage(500, LogLevel.Information, "The new settings are in force")]
    public static partial void Reloaded(this ILogger log);

    [LoggerMessage(501, LogLevel.Error, "The settings stay as they were. {Origin}  {Key}  {Sentence}")]
    public static partial void ReloadRefused(this ILogger log, string origin, string key, string sentence);

    [LoggerMessage(502, LogLevel.Warning, "{Key} has changed: that needs a restart")]
    public static partial void NeedsRestart(this ILogger log, string key);

    [LoggerMessage(503, LogLevel.Warning, "{Warning}")]
    public static partial void Warned(this ILogger log, string warning);

    [LoggerMessage(504, LogLevel.Warning, "Changes of {File} are not seen, SIGHUP is needed: {Reason}")]
    public static partial void NotWatched(this ILogger log, string file, string reason);

    [LoggerMessage(920, LogLevel.Information, "The certificate {Subject}, good until {End:u}, is sent from now on")]
    public static partial void CertificateTaken(this ILogger log, string subject, DateTime end);

    [LoggerMessage(600, LogLevel.Information, "Listening on {Addresses}, base path {BasePath}, files in {StoragePath}")]
    public static partial void Listening(this ILogger log, string addresses, string basePath, string storagePath);

    [LoggerMessage(602, LogLevel.Information, "Stopping; uploads still running: {Count}")]
    public static partial void Stopping(this ILogger log, int count);

    [LoggerMessage(603, LogLevel.Information, "Stopped; every upload had ended")]
    public static partial void Stopped(this ILogger log);

    [LoggerMessage(604, LogLevel.Warning, "Stopped; uploads cut off: {Count}")]
    public static partial void StoppedCutting(this ILogger log, int count);

    [LoggerMessage(606, LogLevel.Information, "Settings from {File}")]
    public static partial void SettingsFrom(this ILogger log, string file);

    [LoggerMessage(632, LogLevel.Information, "Started by root, works as {User}, whose store it is")]
    public static partial void WorksAs(this ILogger log, string user);

    [LoggerMessage(608, LogLevel.Warning,
        "{File} is a configuration of {Program}; \"check\" tells every key. What is not as it was follows")]
    public static partial void OldConfiguration(this ILogger log, string program, string file);

    [LoggerMessage(610, LogLevel.Warning, "No metrics: {Address} can't be listened on. {Reason}")]
    public static partial void NoMetrics(this ILogger log, string address, string reason);

    [LoggerMessage(609, LogLevel.Warning, "Closed a connection from {Address} on proxy_protocol_address: {Reason}")]
    public static partial void ProxyRefused(this ILogger log, string address, string reason);

    [LoggerMessage(
        620, LogLevel.Warning, "[limits] {Limit} was reached by {Address}; {Count} times so far. Told once a minute")]
    public static partial void LimitReached(this ILogger log, string limit, string address, long count);

    [LoggerMessage(621, LogLevel.Warning, "Not ready for uploads: {Problems}")]
    public static partial void NotReady(this ILogger log, string problems);

    [LoggerMessage(622, LogLevel.Information, "Ready for uploads again")]
    public static partial void ReadyAgain(this ILogger log);

    [LoggerMessage(624, LogLevel.Information,
        "{Count} requests so far were refused before they were one. From {Address}: {Reason}. Told once a minute")]
    public static partial void RequestsRejected(this ILogger log, long count, string address, string reason);

    [LoggerMessage(625, LogLevel.Debug, "A request from {Address} was refused before it was one: {Reason}")]
    public static partial void RequestRejected(this ILogger log, string address, string reason);

    [LoggerMessage(623, LogLevel.Warning, "\"status\" will not reach this server: {Reason}")]
    public static partial void NoStatus(this ILogger log, string reason);

    [LoggerMessage(630, LogLevel.Error,
        "Unexpected: an error of {Task}, the server goes on; {Count} so far. Told once a minute")]
    public static partial void BackgroundFailed(this ILogger log, Exception error, BackgroundTask task, long count);

    [LoggerMessage(631, LogLevel.Critical, "The server stops without having been asked to")]
    public static partial void StopsUnasked(this ILogger log);

    [LoggerMessage(
        650, LogLevel.Error, "The audit log can't be written, and lacks lines from now on; the server goes on")]
    public static partial void AuditFailed(this ILogger log, Exception exception);

    [LoggerMessage(800, LogLevel.Information, "Connected as the component {Domain} to {Server}, port {Port}")]
    public static partial void ComponentConnected(this ILogger log, string domain, string server, int port);

    [LoggerMessage(801, LogLevel.Warning,
        "The component {Domain} has no connection to {Server}, port {Port}: {Reason}. Trying again in {Seconds} s")]
    public static partial void ComponentLost(
        this ILogger log, string domain, string server, int port, string reason, double seconds);

    [LoggerMessage(802, LogLevel.Information,
        "Skipped a stanza of {Bytes} bytes, {Reason}; {Count} so far. Told once a minute")]
    public static partial void StanzaSkipped(this ILogger log, long bytes, string reason, long count);

    [LoggerMessage(900, LogLevel.Warning,
        "A limit of the proxy seems to end uploads: {What}. nginx: client_body_timeout, proxy_send_timeout "
        + "and proxy_read_timeout 300s; see hmac-file-server check, and docs/large-uploads.md")]
    public static partial void ProxyCuts(this ILogger log, string what);

    [LoggerMessage(940, LogLevel.Warning,
        "The proxy does not tell whose uploads it passes on: {Count} came from {Address} without "
        + "X-Forwarded-For, none with it. Logs name the proxy, and [limits] knows no client. "
        + "nginx: proxy_set_header X-Forwarded-For $remote_addr; without a proxy: trusted_proxies = []")]
    public static partial void ProxyHidesClients(this ILogger log, int count, string address);
}
