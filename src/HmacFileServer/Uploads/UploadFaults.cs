namespace HmacFileServer.Uploads;

internal enum UploadBodyFault
{
    /// <summary>Silent for longer than read_timeout, or slower than min_upload_rate.</summary>
    TooSlow,

    /// <summary>Ended before its length.</summary>
    TooShort,

    /// <summary>Went on after its length.</summary>
    TooLong,

    /// <summary>Followed by trailers that are no text.</summary>
    Malformed,
}

/// <summary>The body is not what was announced.</summary>
internal sealed class UploadBodyException(UploadBodyFault fault) : IOException($"The body was {fault}.")
{
    public UploadBodyFault Fault { get; } = fault;
}

/// <summary>The connection is gone, and with it whoever could be answered.</summary>
internal sealed class ClientLeftException(Exception inner) : IOException("The client left.", inner);
