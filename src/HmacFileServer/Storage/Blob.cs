using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>A stored file, opened for reading by one. What it holds never changes.</summary>
internal sealed class Blob(BlobFile file) : IDisposable
{
    public const long SmallBytes = 1 << 20;

    private bool letGo;

    public BlobKey Key => file.Key;

    /// <summary>Where it lies below the storage path.</summary>
    public string StoredPath => file.StoredPath;

    public SafeFileHandle Handle => file.Handle;

    public long Length => file.Status.Length;

    public DateTimeOffset LastModified => file.Status.Modified;

    public BlobMetadata Metadata => file.Metadata;

    /// <summary>Whether who has it in memory may send it without keeping others waiting.</summary>
    public bool IsSmall => Length <= SmallBytes;

    /// <summary>
    /// A strong validator, quotes included (RFC 9110 section 8.8.3). Content at a key never changes, so time and length
    /// tell one from another; a file restored with another time gets another tag, which costs its readers one download.
    /// </summary>
    public string ETag => file.ETag;

    /// <summary>As HTTP has it (RFC 9110 section 5.6.7).</summary>
    public string LastModifiedHttp => file.LastModifiedHttp;

    /// <summary>Whether a read would not wait for the disk.</summary>
    public bool IsInMemory(long offset, long count) => file.IsInMemory(offset, count);

    /// <summary>Whether it begins as UTF-8 that is not ASCII alone. May wait for the disk.</summary>
    public bool IsUtf8Text => file.IsUtf8Text;

    public void Dispose()
    {
        if (!Interlocked.Exchange(ref letGo, true)) // once: others may hold it, too
        {
            file.LetGo();
        }
    }
}
