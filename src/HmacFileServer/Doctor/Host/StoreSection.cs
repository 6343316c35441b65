using System.Diagnostics;
using System.Globalization;
using HmacFileServer.Commands;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;
using HmacFileServer.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace HmacFileServer.Doctor.Host;

/// <summary>
/// Whether the disk does what a 201 promises, and whether the machine has room for the uploads that are allowed.
/// </summary>
internal static class StoreSection
{
    // two for each upload and download, and some for the rest
    private const int FewFiles = 4096;
    private static readonly TimeSpan SlowSync = TimeSpan.FromSeconds(2);

    public static Section Examine(ServerSettings settings) => new("store", "Storage and machine")
    {
        Findings = [.. Store(settings), .. Machine()],
    };

    private static IEnumerable<Finding> Store(ServerSettings settings)
    {
        var path = settings.Server.StoragePath;
        if (!StoreOwner.TryBecome(path, out var problem))
        {
            return [new Finding(Severity.Failure, "store-owner", Link.Store, problem)];
        }

        try
        {
            using var store = new DiskBlobStore(
                path, NullLogger<DiskBlobStore>.Instance, links: settings.Server.Links);
            return [Written(store), .. Space(store, settings)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return
            [
                new Finding(Severity.Failure, "store-unwritable", Link.Store,
                    $"server.storage_path {path} can't be written: {e.Message}{StoreOwner.Note}")
                {
                    Effect = "Every upload ends in an error.",
                    Remedy = "Give the folder to the user the server runs as.",
                },
            ];
        }
    }

    /// <summary>
    /// Does what an upload does, as far as a file of two bytes can tell: write, sync, publish by renaming.
    /// </summary>
    private static Finding Written(DiskBlobStore store)
    {
        var name = $"probe-{Guid.NewGuid():N}";
        var incoming = Path.Combine(store.IncomingPath, name);
        using var folder = Posix.OpenFolder(Path.GetDirectoryName(store.IncomingPath)!);
        var start = Stopwatch.GetTimestamp();
        try
        {
            bool hasAttributes;
            using (var file = Posix.Create(incoming))
            {
                RandomAccess.Write(file, "ok"u8, 0);
                hasAttributes = Posix.SetAttribute(file, "user.mime_type", "text/plain"u8);
                Posix.Sync(file);
            }

            if (!Posix.Publish(incoming, folder, name))
            {
                throw new IOException("a name that nobody has is taken");
            }

            Posix.Sync(folder);
            Posix.Unlink(folder, name);
            var took = Stopwatch.GetElapsedTime(start);
            return took > SlowSync
                ? new Finding(Severity.Warning, "slow-sync", Link.Store,
                    $"Writing two bytes safely to the disk took {Words.Time(took)}")
                {
                    Effect = "Clients wait 10 to 60 s for the answer after the last byte; a busy disk can take longer "
                        + "than that.",
                }
                : Finding.Good(Link.Store, $"{store.Path} ({Format(store.Path)}): written, synced and renamed in "
                    + $"{Words.Number(Math.Round(took.TotalMilliseconds))} ms"
                    + (hasAttributes ? "" : "; no extended attributes, so types follow the file extension"));
        }
        finally
        {
            File.Delete(incoming);
        }
    }

    private static IEnumerable<Finding> Space(DiskBlobStore store, ServerSettings settings)
    {
        var free = new DriveInfo(store.Path).AvailableFreeSpace - settings.Server.MinFreeBytes.Bytes;
        var most = settings.Server.MaxUploadSize.Bytes;
        var concurrent = settings.Uploads.MaxConcurrent;
        if (free <= 0)
        {
            yield return new Finding(Severity.Failure, "disk-full", Link.Store,
                $"The disk of server.storage_path has less than min_free_bytes ({settings.Server.MinFreeBytes}) left")
            {
                Effect = "Every upload is refused with 507.",
                Place = new Place(store.Path, 0),
            };
        }
        else if (free < most)
        {
            yield return new Finding(Severity.Warning, "disk-small", Link.Store,
                $"{Words.Size(free)} are free, and one upload may have {Words.Size(most)}")
            {
                Effect = "A file of the size that clients are told is possible is refused with 507.",
                Place = new Place(store.Path, 0),
                Remedy = "Make room, or lower max_upload_size here and in the XMPP server.",
            };
        }
        else if (concurrent > 0 && free / concurrent < most)
        {
            yield return new Finding(Severity.Note, "disk-concurrent", Link.Store,
                $"{Words.Size(free)} are free: not enough for {Words.Count(concurrent, "upload")} of "
                    + $"{Words.Size(most)} at a time");
        }
        else
        {
            yield return Finding.Good(Link.Store,
                $"{Words.Size(free)} are free for uploads of up to {Words.Size(most)}");
        }
    }

    private static IEnumerable<Finding> Machine()
    {
        var files = OpenFiles();
        yield return files is > 0 and < FewFiles
            ? new Finding(Severity.Warning, "few-files", Link.Machine, $"A process may have only {files} files open")
            {
                Effect = "Half of them are for connections, a quarter each for downloads and uploads. More are refused.",
                Remedy = "LimitNOFILE=65536 in the systemd unit, or ulimit -n. (Seen from this shell: the service may "
                    + "have more.)",
            }
            : Finding.Good(Link.Machine,
                $"A process may have {(files is null ? "any number of" : Words.Number(files.Value))} files open");

        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        yield return memory < 128L << 20
            ? new Finding(Severity.Warning, "little-memory", Link.Machine,
                $"There are only {Words.Size(memory)} of memory")
            {
                Effect = "About 100 MB and 1 MB for each running upload are needed.",
            }
            : Finding.Good(Link.Machine, $"{Words.Size(memory)} of memory");

        var now = TimeProvider.System.GetUtcNow();
        yield return now.Year < 2025
            ? new Finding(Severity.Failure, "clock", Link.Machine, $"The clock says {now:yyyy-MM-dd}")
            {
                Effect = "Upload tokens of Prosody's mod_http_file_share seem to be from the future.",
                Remedy = "timedatectl set-ntp true",
            }
            : Finding.Good(Link.Machine, $"The clock says {now:yyyy-MM-dd HH:mm:ss} UTC");
    }

    /// <returns>The soft limit; null when there is none, 0 when it can't be told.</returns>
    private static long? OpenFiles()
    {
        const string Line = "Max open files";
        if (!File.Exists("/proc/self/limits"))
        {
            return 0;
        }

        var line = File.ReadLines("/proc/self/limits")
            .FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal));
        var soft = line?[Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return soft == "unlimited" ? null
            : long.TryParse(soft, CultureInfo.InvariantCulture, out var limit) ? limit
            : 0;
    }

    private static string Format(string path)
    {
        try
        {
            return new DriveInfo(path).DriveFormat;
        }
        catch (IOException)
        {
            return "unknown file system";
        }
    }
}
