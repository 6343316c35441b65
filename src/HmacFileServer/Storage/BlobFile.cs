using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>
/// A stored file, open for all who read it at the same time. The last to let go closes it, nobody else: its number
/// would be another file's a moment later.
/// </summary>
internal sealed class BlobFile(
    BlobKey key, SafeFileHandle handle, Posix.FileStatus status, BlobMetadata metadata, string storedPath)
{
    private Action? closed;
    private int holders = 1; // who opened it
    private bool wasInMemory; // all of it, when it was asked last
    private Encoding encoding;

    public BlobKey Key { get; } = key;

    public string StoredPath { get; } = storedPath;

    public SafeFileHandle Handle { get; } = handle;

    public Posix.FileStatus Status { get; } = status;

    public BlobMetadata Metadata { get; } = metadata;

    /// <summary>
    /// Whether nobody has deleted, replaced, renamed or written it since it was opened: each of these sets the time of
    /// its last change, or takes a link from it. One system call. It can't tell of a folder on the way that was
    /// renamed, nor, before Linux 6.13, of a file renamed within the same few milliseconds that it came in.
    /// </summary>
    public bool IsUntouched => Status.Links > 0 && Posix.TryStatus(Handle, out var now) && now == Status;

    public string ETag => field ??= string.Create(
        CultureInfo.InvariantCulture, $"\"{Status.Modified.Ticks:x}-{Status.Length:x}\"");

    public string LastModifiedHttp => field ??= Status.Modified.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>See <see cref="Utf8Text"/>; read once while it is open.</summary>
    public bool IsUtf8Text
    {
        get
        {
            if (encoding == Encoding.Unread)
            {
                encoding = BeginsAsUtf8() ? Encoding.Utf8 : Encoding.Other;
            }

            return encoding == Encoding.Utf8;
        }
    }

    /// <summary>
    /// Whether a read would not wait for the disk. Of a small file that was in memory, all of it, the kernel is not
    /// asked again, but for parts of it: it is open for a second or two (<see cref="RecentBlobs"/>), and should it have
    /// left the memory by then, whoever sends it waits for the disk, and be it the poller.
    /// </summary>
    public bool IsInMemory(long offset, long count)
    {
        var isWhole = offset == 0 && count == Status.Length && count <= Blob.SmallBytes;
        if (isWhole && Volatile.Read(ref wasInMemory))
        {
            return true;
        }

        var isThere = Posix.IsInMemory(Handle, offset, count);
        if (isWhole && isThere)
        {
            Volatile.Write(ref wasInMemory, true);
        }

        return isThere;
    }

    /// <summary>Asks to be told when it is closed.</summary>
    public void OnClose(Action tell) => closed = tell;

    /// <returns><see langword="false"/> when it has been closed.</returns>
    public bool TryHold()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref holders);
        }
        while (seen > 0 && Interlocked.CompareExchange(ref holders, seen + 1, seen) != seen);

        return seen > 0;
    }

    private bool BeginsAsUtf8()
    {
        try
        {
            return Utf8Text.IsIn(Handle, Status.Length);
        }
        catch (IOException)
        {
            return false; // who sends it finds out, and says so
        }
    }

    /// <summary>Once for each who holds it.</summary>
    public void LetGo()
    {
        if (Interlocked.Decrement(ref holders) == 0)
        {
            Handle.Dispose();
            closed?.Invoke();
        }
    }

    private enum Encoding
    {
        Unread,
        Utf8,
        Other,
    }
}
