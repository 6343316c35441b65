namespace HmacFileServer.Telemetry.Audit;

/// <summary>On whose behalf something was deleted or changed.</summary>
/// <param name="By">One of the names below.</param>
/// <param name="User">The operator's name on this machine.</param>
/// <param name="Address">Where the request came from.</param>
/// <param name="Request">The request's id.</param>
internal sealed record Actor(string By, string? User = null, string? Address = null, string? Request = null)
{
    /// <summary>Age, or a disk too full.</summary>
    public static readonly Actor Sweeper = new("sweeper");

    /// <summary>Room for an owner's newer file.</summary>
    public static readonly Actor Quota = new("quota");

    /// <summary>What a crash interrupted, gone on with; it may have been told before.</summary>
    public static readonly Actor Recovery = new("recovery");

    public static readonly Actor Server = new("server");

    /// <summary>Whoever runs a command; behind sudo, whoever called it.</summary>
    public static Actor Operator { get; } =
        new("operator",
            Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } caller ? caller : Environment.UserName);

    public static Actor Of(string by, HttpContext http) =>
        new(by, Address: http.Connection.RemoteIpAddress?.ToString() ?? "unix", Request: http.TraceIdentifier);
}
