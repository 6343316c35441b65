using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>A stored file, opened for reading. What it holds never changes.</summary>
internal sealed class Blob(
    BlobKey key, SafeFileHandle handle, long length, DateTimeOffset modified, BlobMetadata metadata, string storedPath)
    : IDisposable
{
    private const long SmallBytes = 1 << 20;

    public BlobKey Key { get; } = key;

    /// <summary>Where it lies below the storage path.</summary>
    public string StoredPath { get; } = storedPath;

    public SafeFileHandle Handle { get; } = handle;

    public long Length { get; } = length;

    public DateTimeOffset LastModified { get; } = modified;

    public BlobMetadata Metadata { get; } = metadata;

    /// <summary>Whether who has it in memory may send it without keeping others waiting.</summary>
    public bool IsSmall => Length <= SmallBytes;

    /// <summary>
    /// A strong validator, quotes included (RFC 9110 section 8.8.3). Content at a key never changes, so time and length
    /// tell one from another; a file restored with another time gets another tag, which costs its readers one download.
    /// </summary>
    public string ETag => string.Create(CultureInfo.InvariantCulture, $"\"{LastModified.Ticks:x}-{Length:x}\"");

    public void Dispose() => Handle.Dispose();
}
