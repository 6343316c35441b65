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
        var owner = NearestTo(storagePath);
        return owner.User == 0 && Posix.TryOwnerOfLink(DiskBlobStore.OwnPathIn(storagePath, ""), out var own)
            ? own
            : owner;
    }

    private static Posix.Ownership NearestTo(string path)
    {
        var folder = Path.GetFullPath(path);
        Posix.Ownership owner;
        while (!Posix.TryOwner(folder, out owner) && Path.GetDirectoryName(folder) is { } parent)
        {
            folder = parent;
        }

        return owner;
    }
}
