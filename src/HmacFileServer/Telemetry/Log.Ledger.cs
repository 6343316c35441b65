namespace HmacFileServer.Telemetry;

/// <summary>The events of the ledger and of retention.</summary>
internal static partial class Log
{
    [LoggerMessage(700, LogLevel.Information,
        "After a crash: {Kept} uploads were whole, {Withdrawn} were not, {Unlinked} deleted files are gone")]
    public static partial void Reconciled(this ILogger log, int kept, int withdrawn, int unlinked);

    [LoggerMessage(701, LogLevel.Error,
        "The ledger can't be used: files are served, none is stored. See hmac-file-server ledger rebuild")]
    public static partial void LedgerBroken(this ILogger log, Exception exception);

    [LoggerMessage(702, LogLevel.Warning, "The deleted file {Key} could not be removed from disk; it is tried again")]
    public static partial void NotUnlinked(this ILogger log, Exception exception, string key);

    [LoggerMessage(703, LogLevel.Information, "Deleted {Files} files that had ended, {Bytes} bytes")]
    public static partial void Swept(this ILogger log, int files, long bytes);

    [LoggerMessage(704, LogLevel.Warning,
        "Would delete {Files} files by [retention], {Bytes} bytes; nothing is deleted before {Until}")]
    public static partial void WouldSweep(this ILogger log, long files, long bytes, string until);

    [LoggerMessage(
        705, LogLevel.Warning, "The disk is more than {High}% full: deleting the oldest files, {Bytes} bytes")]
    public static partial void DiskHigh(this ILogger log, int high, long bytes);

    [LoggerMessage(707, LogLevel.Information, "Deleted {Key}, {Bytes} bytes, as the XMPP server asked")]
    public static partial void Deleted(this ILogger log, string key, long bytes);

    [LoggerMessage(708, LogLevel.Information, "Refused to delete {Key}: {Status} {Code}")]
    public static partial void NotDeleted(this ILogger log, string key, int status, string code);

    [LoggerMessage(709, LogLevel.Information, "Made a new ledger; {Hint}")]
    public static partial void LedgerMade(this ILogger log, string hint);

    [LoggerMessage(
        710, LogLevel.Information, "Deleted the oldest files of {Owner} to make room: {Files} files, {Bytes} bytes")]
    public static partial void MadeRoom(this ILogger log, string owner, int files, long bytes);

    [LoggerMessage(711, LogLevel.Warning, "The ledger does not answer whether {Key} was deleted")]
    public static partial void LedgerSilent(this ILogger log, Exception exception, string key);
}
