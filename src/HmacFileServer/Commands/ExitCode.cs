namespace HmacFileServer.Commands;

/// <summary>
/// How the program ends, sysexits.h: so that systemd and scripts can tell a wrong configuration from a taken port.
/// </summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Warnings = 1;      // check: some uploads will fail
    public const int Failures = 2;      // check: uploads fail
    public const int Usage = 64;        // EX_USAGE
    public const int NoInput = 66;      // EX_NOINPUT: there is no such file
    public const int Unavailable = 69;  // EX_UNAVAILABLE: the address is taken, the store can't be used
    public const int Software = 70;     // EX_SOFTWARE: the server stopped without having been asked
    public const int Config = 78;       // EX_CONFIG
}
