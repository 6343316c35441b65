using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;
using HmacFileServer.Storage;

namespace HmacFileServer.Settings.Binding;

/// <summary>
/// The single place where text becomes settings. Reads everything, reports everything that is wrong with it,
/// and stops only then.
/// </summary>
internal static class SettingsBinder
{
    private static readonly string[] Tables =
        [
            "server", "security", "uploads", "downloads", "timeouts", "limits", "logging", "cors", "metrics",
            "ledger", "quotas", "retention", "xmpp",
        ];

    // .NET's timers end at 49 days; nobody waits a week for a byte.
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(7);

    public static readonly ByteSize Unbounded = new(long.MaxValue);

    /// <exception cref="SettingsException">All problems at once.</exception>
    public static ServerSettings Bind(SettingSources sources)
    {
        var tables = new List<TableReader>();
        var settings = Read(sources, new ServerSettings(), tables);

        foreach (var table in tables)
        {
            table.RejectUnknown();
        }

        sources.RejectUnknownTables(Tables);
        return sources.Problems.Count == 0
            ? settings with { FilesWithSecrets = [.. FilesWithSecrets(tables)] }
            : throw new SettingsException(sources.Problems);
    }

    /// <summary>Every key there is, as "table.key". For the test that keeps the reference file complete.</summary>
    public static IEnumerable<string> KnownKeys()
    {
        var tables = new List<TableReader>();
        var nothing = new SettingSources("", TomlConfiguration.Parse([]), new Dictionary<string, string>());
        Read(nothing, new ServerSettings(), tables);
        return tables.SelectMany(table => table.KnownKeys.Select(key => $"{table.Name}.{key}")).Distinct();
    }

    private static IEnumerable<string> FilesWithSecrets(IEnumerable<TableReader> tables) => tables
        .SelectMany(table => table.Written())
        .Where(written => written.Key.EndsWith("secret_file", StringComparison.Ordinal)
            || written.Key == "server.tls_key")
        .Select(written => written.Text);

    /// <summary>Every key that the file or the environment gives, with its text and its place.</summary>
    public static IReadOnlyList<WrittenSetting> Written(SettingSources sources)
    {
        var tables = new List<TableReader>();
        Read(sources, new ServerSettings(), tables);
        return [.. tables.SelectMany(table => table.Written()).DistinctBy(written => written.Key)];
    }

    private static ServerSettings Read(SettingSources sources, ServerSettings defaults, List<TableReader> tables)
    {
        TableReader Table(string name)
        {
            tables.Add(sources.Table(name));
            return tables[^1];
        }

        var server = HostBinder.Bind(Table("server"), defaults.Server);
        var security = SecretBinder.Bind(Table("security"), defaults.Security);
        return defaults with
        {
            Server = server,
            Security = security,
            Uploads = Uploads(Table("uploads"), defaults.Uploads),
            Downloads = Downloads(Table("downloads"), defaults.Downloads),
            Timeouts = Timeouts(Table("timeouts"), defaults.Timeouts),
            Limits = LimitsBinder.Limits(Table("limits"), defaults.Limits),
            Logging = Logging(Table("logging"), defaults.Logging),
            Cors = Cors(Table("cors"), defaults.Cors),
            Metrics = MetricsBinder.Metrics(Table("metrics"), defaults.Metrics, server),
            Ledger = LedgerBinder.Ledger(Table("ledger"), defaults.Ledger),
            Quotas = LedgerBinder.Quotas(Table("quotas"), defaults.Quotas),
            Retention = LedgerBinder.Retention(Table("retention"), defaults.Retention),
            Xmpp = XmppBinder.Bind(Table("xmpp"), defaults.Xmpp, server, security),
        };
    }

    private static UploadSettings Uploads(TableReader table, UploadSettings otherwise) => new()
    {
        AllowedExtensions = table.ReadList<string>(
            "allowed_extensions", otherwise.AllowedExtensions, Parsers.Extension),
        BlockedExtensions = table.ReadList<string>(
            "blocked_extensions", otherwise.BlockedExtensions, Parsers.Extension),
        CheckContentType = table.Read<bool>("check_content_type", otherwise.CheckContentType, Parsers.Flag),
        MaxConcurrent = table.Read("max_concurrent", otherwise.MaxConcurrent, Parsers.Number(0, 1_000_000)),
    };

    private static DownloadSettings Downloads(TableReader table, DownloadSettings otherwise) => new()
    {
        InlineTypes = table.ReadList<string>("inline_types", otherwise.InlineTypes, Parsers.MediaType),
        CacheMaxAge = table.Read<Duration>("cache_max_age", otherwise.CacheMaxAge, Duration.TryParse),
        AlsoBelow = table.ReadList<string>("also_below", otherwise.AlsoBelow, UrlParsers.BasePath),
        Hidden = table.ReadList<string>("hidden", otherwise.Hidden, Parsers.Text),
        AccelRedirect = table.Read<string?>("accel_redirect", otherwise.AccelRedirect, UrlParsers.AccelRedirect),
    };

    private static TimeoutSettings Timeouts(TableReader table, TimeoutSettings otherwise)
    {
        var silence = Parsers.Lasting(TimeSpan.FromSeconds(1), MaxTimeout);
        return new TimeoutSettings
        {
            ReadTimeout = table.Read("read_timeout", otherwise.ReadTimeout, silence),
            WriteTimeout = table.Read("write_timeout", otherwise.WriteTimeout, silence),
            IdleTimeout = table.Read("idle_timeout", otherwise.IdleTimeout, silence),
            HeaderTimeout = table.Read("header_timeout", otherwise.HeaderTimeout, silence),
            Shutdown = table.Read("shutdown", otherwise.Shutdown, Parsers.Lasting(TimeSpan.Zero, MaxTimeout)),
        };
    }

    private static LoggingSettings Logging(TableReader table, LoggingSettings otherwise) => new()
    {
        Level = table.Read<LogLevel>("level", otherwise.Level, Parsers.Level),
        File = table.Read<string?>("file", otherwise.File, AppendableFile),
        Format = table.Read<LogFormat>("format", otherwise.Format, Parsers.Format),
        MaxSize = table.Read("max_size", otherwise.MaxSize, Parsers.Between(new(64 << 10), Unbounded)),
        MaxFiles = table.Read("max_files", otherwise.MaxFiles, Parsers.Number(1, 10_000)),
        AuditFile = table.Read<string?>("audit_file", otherwise.AuditFile, AppendableFile),
        AuditMaxSize = table.Read("audit_max_size", otherwise.AuditMaxSize, Parsers.Between(new(64 << 10), Unbounded)),
        AuditMaxFiles = table.Read("audit_max_files", otherwise.AuditMaxFiles, Parsers.Number(0, 10_000)),
    };

    private static CorsSettings Cors(TableReader table, CorsSettings otherwise) => new()
    {
        Enabled = table.Read<bool>("enabled", otherwise.Enabled, Parsers.Flag),
        AllowOrigins = table.ReadList<string>("allow_origins", otherwise.AllowOrigins, Parsers.Origin),
        MaxAge = table.Read<Duration>("max_age", otherwise.MaxAge, Duration.TryParse),
    };

    /// <summary>
    /// A file that can be written: one that can't would be a log nobody has, found out when it is needed.
    /// </summary>
    private static bool AppendableFile(string text, out string? value, out string problem)
    {
        value = text.Length == 0 ? null : text;
        problem = $"\"{text}\" can't be written";
        return value is null || Posix.CanAppendTo(value);
    }
}
