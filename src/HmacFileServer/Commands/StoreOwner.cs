using HmacFileServer.Ledger.Sqlite;
using HmacFileServer.Storage;
using HmacFileServer.Telemetry.Audit;

namespace HmacFileServer.Commands;

/// <summary>
/// Root works in a store as the user whose store it is. That user can put a symbolic link, or a FIFO, in the place of
/// any name there; as root we would read, write and give away files of the whole system through it, and what we made
/// would be closed to the server. A store of root's own is used as root: in a container, for one.
/// </summary>
internal static class StoreOwner
{
    /// <summary>As whom root works; null when we are not, or were not, root.</summary>
    public static string? Name { get; private set; }

    /// <summary>Behind an error message.</summary>
    public static string Note => Name is null ? "" : $" (root works as {Name}, whose store it is)";

    /// <summary>Before anything in the store is touched. There is no way back.</summary>
    /// <returns><see langword="false"/> when it can't be done, and so nothing may be done.</returns>
    public static bool TryBecome(string storagePath, out string problem)
    {
        problem = "";
        if (!Posix.IsRoot || Of(storagePath) is not { User: not 0 } owner)
        {
            return true;
        }

        var (name, group) = Posix.Account(owner.User)
            ?? ($"user {owner.User}", owner.Group == 0 ? owner.User : owner.Group); // not the group of root
        _ = Actor.Operator; // whose name is asked for once, and is root's yet
        Database.Load();    // which may have been unpacked where only root can read it
        DeleteDiagnosticSockets();
        try
        {
            Posix.Become(owner.User, group);
        }
        catch (PosixException e)
        {
            problem = $"The store {storagePath} is of {name}, and root can't work as that user here ({e.Message}): "
                + "run this as that user.";
            return false;
        }

        Name = name;
        string[] needed = [storagePath, Program]; // parts of which are loaded when they are first needed
        problem = needed.FirstOrDefault(path => !Posix.CanReach(Path.GetFullPath(path))) is { } closed
            ? $"The store {storagePath} is of {name}, as whom root has to work in it, and who can't reach {closed}: "
                + "a folder on the way is closed."
            : "";
        return problem.Length == 0;
    }

    /// <summary>The runtime's, in a folder where at the end only root could delete them.</summary>
    private static void DeleteDiagnosticSockets()
    {
        foreach (var name in (string[])["dotnet-diagnostic", "clr-debug-pipe"])
        {
            foreach (var path in Directory.EnumerateFiles(Path.GetTempPath(), $"{name}-{Environment.ProcessId}-*"))
            {
                File.Delete(path);
            }
        }
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "hmac-file-server.dll");

    /// <summary>
    /// Of a store that is not there yet, the owner of the folder in which it is going to be. In a folder of root's, as a
    /// mount point is, the server has a folder of its own.
    /// </summary>
    private static Posix.Ownership Of(string storagePath)
    {
        var owner = NearestTo(storagePath, out var stranger);
        if (owner.User != 0)
        {
            return owner;
        }

        return Posix.TryOwnerOfLink(DiskBlobStore.OwnPathIn(storagePath, ""), out var own) ? own : stranger ?? owner;
    }

    /// <summary>
    /// The owner of the folder that a path leads to, or of the nearest one that exists. A symbolic link on the way leads
    /// where the owner of the link, or of the folder that holds it, wants: that user is the owner then.
    /// </summary>
    /// <param name="stranger">The first user but root who owns a folder on the way.</param>
    private static Posix.Ownership NearestTo(string path, out Posix.Ownership? stranger)
    {
        const int MaxLinks = 40; // MAXSYMLINKS, path_resolution(7)
        var names = new Stack<string>();
        Push(names, Path.GetFullPath(path));
        var folder = "/";
        _ = Posix.TryOwner(folder, out var owner);
        stranger = null;
        for (var links = 0; links <= MaxLinks && names.TryPop(out var name);)
        {
            var next = name == ".." ? Path.GetDirectoryName(folder) ?? "/" : Path.Combine(folder, name);
            if (!Posix.TryOwnerOfLink(next, out var there))
            {
                break;
            }

            if (new FileInfo(next).LinkTarget is { } target)
            {
                if (owner.User != 0 || there.User != 0)
                {
                    return owner.User != 0 ? owner : there;
                }

                links++;
                if (Path.IsPathRooted(target))
                {
                    folder = "/";
                    _ = Posix.TryOwner(folder, out owner);
                }

                Push(names, target);
                continue;
            }

            (folder, owner) = (next, there);
            stranger ??= owner.User == 0 ? null : owner;
        }

        return owner;

        static void Push(Stack<string> names, string path)
        {
            foreach (var name in path.Split('/').Reverse().Where(name => name is not ("" or ".")))
            {
                names.Push(name);
            }
        }
    }
}
