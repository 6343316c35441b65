using System.Text;
using HmacFileServer.Settings;
using HmacFileServer.Telemetry.Logs;

namespace HmacFileServer.Telemetry.Audit;

/// <summary>
/// <c>[logging] audit_file</c>: who stored, was refused and deleted what, one JSON object a line. A line is in the file
/// before the answer is sent. One that can't be written is counted and told, and the server goes on: nobody gains by
/// uploads that fail, too.
/// </summary>
internal sealed class AuditLog(AuditFile? file, Redaction redaction, TimeProvider time, Action<Exception> failed)
    : IDisposable
{
    /// <summary>For those who have none.</summary>
    public static readonly AuditLog Off = new(
        null, new Redaction(() => new ServerSettings()), TimeProvider.System, _ => { });

    public bool IsOn => file is not null;

    public static AuditLog Of(
        LoggingSettings settings, Func<ServerSettings> current, TimeProvider time, AuditRole role,
        Action<Exception> failed)
    {
        if (settings.AuditFile is not { } path)
        {
            return Off;
        }

        // A new file would belong to whoever runs the command, and the server might not be able to write to it.
        var maxSize = role == AuditRole.Server ? settings.AuditMaxSize.Bytes : long.MaxValue;
        return new AuditLog(
            new AuditFile(path, maxSize, settings.AuditMaxFiles, time), new Redaction(current), time, failed);
    }

    public void Write(AuditEvent line)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            var text = redaction.CleanOfSecrets(Encoding.UTF8.GetString(line.Json(time.GetUtcNow())));
            file.Append(text);
        }
        catch (Exception e)
        {
            failed(e);
        }
    }

    public void Dispose() => file?.Dispose();
}

/// <summary>Only the server begins new files.</summary>
internal enum AuditRole
{
    Server,
    Command,
}
