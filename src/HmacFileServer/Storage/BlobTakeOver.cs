using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

internal enum TakeOverOutcome
{
    /// <summary>A second name for the same bytes; nothing was copied.</summary>
    Linked,

    Copied,

    /// <summary>The very file is there, from an earlier run.</summary>
    Present,

    /// <summary>Another file has the name. It stays.</summary>
    Taken,

    /// <summary>A symbolic link, a folder, a FIFO; or nothing any more. Such are not taken over.</summary>
    NoFile,
}

/// <summary>Taking files of another server into the store, which leaves them where they were.</summary>
internal sealed partial class DiskBlobStore
{
    /// <summary>
    /// Files whose key nobody knows, only its SHA-256: who asks with the key finds them. Two folders deep, as one can't
    /// hold a million.
    /// </summary>
    private const string ByHashFolder = OwnFolder + "/by-hash";

    private readonly bool hasHashed; // known at the start; most stores have none, and a miss should cost nothing

    public static string HashedPath(string sha256OfKey) => $"{ByHashFolder}/{sha256OfKey[..2]}/{sha256OfKey}";

    /// <summary>
    /// Gives a file a name here as well: a hard link, or a copy where that can't be. Durable after
    /// <see cref="SyncAll"/>.
    /// </summary>
    /// <param name="source">The full path of the file where it is, without symbolic links.</param>
    /// <param name="stored">Its path below the storage path.</param>
    /// <param name="key">Its key, where one is known.</param>
    /// <exception cref="IOException">It can't be read or stored.</exception>
    public TakeOverOutcome TakeOver(string source, string stored, BlobKey? key, BlobMetadata metadata)
    {
        using var original = Posix.OpenPlainFile(source);
        if (original is null)
        {
            return TakeOverOutcome.NoFile;
        }

        var slash = stored.LastIndexOf('/');
        using var folder = slash < 0 ? Posix.OpenFolder(Path) : OpenOrMakeFolder(stored[..slash], []);
        if (folder is null)
        {
            return TakeOverOutcome.Taken;
        }

        using (var there = Posix.OpenBelow(root, stored))
        {
            if (there is not null)
            {
                return IsSame(original, there) ? TakeOverOutcome.Present : TakeOverOutcome.Taken;
            }
        }

        var name = stored[(slash + 1)..];
        if (TryLink(original, folder, name, key, metadata))
        {
            return TakeOverOutcome.Linked;
        }

        using var copy = new IncomingFile(IncomingPath, durable: false);
        Copy(original, copy.Handle);
        Describe(copy.Handle, key, metadata);
        File.SetLastWriteTimeUtc(copy.Handle, File.GetLastWriteTimeUtc(original));
        return copy.TryPublish(folder, name) ? TakeOverOutcome.Copied : TakeOverOutcome.Taken;
    }

    /// <summary>Makes durable what was taken over: one sync of the file system, not one a file.</summary>
    public void SyncAll() => Posix.SyncFileSystem(root);

    /// <summary>The type is set before the name is given, so that nobody reads the file without.</summary>
    private static bool TryLink(
        SafeFileHandle original, SafeFileHandle folder, string name, BlobKey? key, BlobMetadata metadata)
    {
        try
        {
            Describe(original, key, metadata);
            return Posix.TryLink(original, folder, name);
        }
        catch (PosixException e) when (e.Error is Errno.NoAccess or Errno.ReadOnly)
        {
            return false; // not ours to write to: the copy will be
        }
    }

    private static void Describe(SafeFileHandle file, BlobKey? key, BlobMetadata metadata)
    {
        metadata.WriteTo(file);
        if (key is not null)
        {
            BlobMetadata.WriteKey(file, key);
        }
    }

    private static void Copy(SafeFileHandle from, SafeFileHandle to)
    {
        var buffer = new byte[256 << 10];
        for (var offset = 0L; RandomAccess.Read(from, buffer, offset) is > 0 and var count; offset += count)
        {
            RandomAccess.Write(to, buffer.AsSpan(0, count), offset);
        }
    }

    private static bool IsSame(SafeFileHandle one, SafeFileHandle other)
    {
        var length = RandomAccess.GetLength(one);
        if (File.GetAttributes(other).HasFlag(FileAttributes.Directory) || length != RandomAccess.GetLength(other))
        {
            return false;
        }

        if (File.GetLastWriteTimeUtc(one) == File.GetLastWriteTimeUtc(other))
        {
            return true;
        }

        var (a, b) = (new byte[64 << 10], new byte[64 << 10]);
        for (var offset = 0L; offset < length;)
        {
            var count = RandomAccess.Read(one, a, offset);
            var beside = RandomAccess.Read(other, b.AsSpan(0, count), offset);
            if (count == 0 || beside != count || !a.AsSpan(0, count).SequenceEqual(b.AsSpan(0, count)))
            {
                return false;
            }

            offset += count;
        }

        return true;
    }

    /// <summary>Where nothing has the key's own name: what was taken over under the key's hash.</summary>
    private SafeFileHandle? OpenHashed(BlobKey key) => hasHashed ? Posix.OpenBelow(root, HashedPath(key)) : null;

    private static string HashedPath(BlobKey key) =>
        HashedPath(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.Text))));
}
