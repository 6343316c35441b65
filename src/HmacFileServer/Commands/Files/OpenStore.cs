using System.CommandLine;
using System.Text;
using HmacFileServer.Ledger;
using HmacFileServer.Ledger.Sqlite;
using HmacFileServer.Settings;
using HmacFileServer.Slots;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry.Audit;
using Microsoft.Extensions.Logging.Abstractions;

namespace HmacFileServer.Commands.Files;

/// <summary>
/// The store and its ledger, opened beside a server that may be running. Changes are seen there at once.
/// </summary>
internal sealed class OpenStore : IDisposable
{
    private OpenStore(ServerSettings settings, DiskBlobStore store, SqliteLedger ledger)
    {
        Settings = settings;
        Store = store;
        Ledger = ledger;
        Audit = AuditLog.Of(settings.Logging, () => settings, TimeProvider.System, AuditRole.Command, Complain);
        Eraser = new Eraser(ledger, store, TimeProvider.System, null, Audit, NullLogger<Eraser>.Instance);
    }

    public ServerSettings Settings { get; }

    public DiskBlobStore Store { get; }

    public SqliteLedger Ledger { get; }

    public Eraser Eraser { get; }

    public AuditLog Audit { get; }

    /// <summary>
    /// Runs a verb on the store of the configuration, and turns what goes wrong into a sentence and an exit code.
    /// </summary>
    public static async Task<int> RunAsync(
        ParseResult parsed, Func<OpenStore, Task<int>> verb, OpenMode mode = OpenMode.Existing)
    {
        if (!SettingsSource.Find(parsed.GetValue(CommandLine.Config)).TryLoadWithoutSecrets(out var settings))
        {
            return ExitCode.Config;
        }

        try
        {
            using var open = Open(settings, mode);
            return await verb(open);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message + StoreOwner.Note);
            return ExitCode.Unavailable;
        }
    }

    /// <summary>
    /// The key that a URL, or a key as the log shows it, stands for. People hold URLs as the proxy has them, and those
    /// of a server before: of all that it can mean, the file that is known counts.
    /// </summary>
    public bool TryKey(string text, out BlobKey key)
    {
        key = null!;
        var isUrl = text.Contains("://", StringComparison.Ordinal) || text.StartsWith('/');
        if (!isUrl)
        {
            return BlobKey.TryParse(text, out key);
        }

        // What a browser shows need not be percent-encoded; %xx is, in either case.
        var ascii = string.Concat(
            Encoding.UTF8.GetBytes(text).Select(b => b < 0x80 ? ((char)b).ToString() : $"%{b:X2}"));
        if (!RequestTarget.TryParse(ascii.Replace(" ", "%20", StringComparison.Ordinal), out var target))
        {
            return false;
        }

        var behindProxy = Uri.UnescapeDataString(Settings.Server.PublicUrl?.AbsolutePath ?? "/");
        BlobKey? first = null;
        foreach (var prefix in (string[])[Settings.Server.BasePath, behindProxy, .. Settings.Downloads.AlsoBelow])
        {
            var bytes = Encoding.UTF8.GetBytes(prefix);
            if (target.Path.AsSpan().StartsWith(bytes)
                && BlobKey.TryParse(target.Path.AsSpan(bytes.Length), out var named))
            {
                first ??= named;
                if (Knows(named))
                {
                    key = named;
                    return true;
                }
            }
        }

        key = first!;
        return first is not null;
    }

    private bool Knows(BlobKey key) =>
        Store.Holds(key) || Ledger.Find(key.Text) is not null || Ledger.FindBurial(key.Text) is not null;

    public void Dispose()
    {
        Audit.Dispose();
        Ledger.Dispose();
        Store.Dispose();
    }

    private static void Complain(Exception e) =>
        Console.Error.WriteLine($"The audit log can't be written: {e.Message}{StoreOwner.Note}");

    private static OpenStore Open(ServerSettings settings, OpenMode mode)
    {
        var path = settings.Server.StoragePath;
        if (mode != OpenMode.New && !Directory.Exists(path))
        {
            throw new DirectoryNotFoundException($"There is no store at {path}.");
        }

        var store = new DiskBlobStore(path, NullLogger<DiskBlobStore>.Instance, links: settings.Server.Links);
        try
        {
            var file = store.OwnPath(LedgerFile.Name);
            if (mode == OpenMode.Existing && !File.Exists(file))
            {
                throw new FileNotFoundException(
                    $"There is no ledger at {file} yet: start the server, or make one with \"ledger rebuild\".");
            }

            return new OpenStore(settings, store, OpenLedger(file, mode, settings.Server.Fsync));
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private static SqliteLedger OpenLedger(string file, OpenMode mode, bool durable)
    {
        try
        {
            return SqliteLedger.Open(file, durable);
        }
        catch (LedgerException e) when (mode == OpenMode.Rebuild && e.IsDamaged)
        {
            var aside = $"{file}.broken-{TimeProvider.System.GetUtcNow():yyyyMMddHHmmss}";
            File.Move(file, aside);
            File.Delete(file + "-wal");
            File.Delete(file + "-shm");
            Console.Error.WriteLine($"The ledger was broken and is now {aside}. Restart the server when this is done.");
            return SqliteLedger.Open(file, durable);
        }
    }
}

internal enum OpenMode
{
    Existing,

    /// <summary>A ledger that is missing, or broken, is replaced by an empty one.</summary>
    Rebuild,

    /// <summary>Store and ledger are made where they are missing.</summary>
    New,
}
