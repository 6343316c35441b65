using System.Buffers;
using System.Security.Cryptography;
using HmacFileServer.Memory;
using HmacFileServer.Uploads;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Storage;

/// <summary>
/// A file on its way in: written below the incoming folder, then published by a rename. Gone on dispose unless it was
/// published. Holds an advisory lock while it lives, so that another process's sweep spares it.
/// </summary>
internal sealed class IncomingFile : IDisposable
{
    // Writes that begin and end on 64 KiB cost half the CPU of ragged ones: whole page-cache folios
    // (docs/performance.md).
    private const int Alignment = 64 << 10;

    // How far the disk may lag behind before we nudge the kernel, so that the final fsync finds little left to do.
    private const long WritebackStep = 8 << 20;

    // Of the disk we take, ahead of what comes, as much as has come, within these.
    private const long FirstStep = 4 << 20;
    private const long LargestStep = 64 << 20;

    // Unique among all processes that write to this store: no call to the kernel for each name.
    private static readonly string Run = Guid.NewGuid().ToString("N");
    private static long made;

    private readonly string path;
    private readonly bool durable;
    private readonly IncrementalHash? hash;
    private DiskSpace.SpaceReservation? space;
    private long length;
    private long allocated;
    private bool preallocates;
    private long written;
    private long handedToDisk;
    private bool published;

    public IncomingFile(string folder, bool durable, bool hashed = false)
    {
        this.durable = durable;
        hash = hashed ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        path = Path.Combine(folder, $"{Run}-{Interlocked.Increment(ref made)}");
        Handle = Posix.Create(path);
    }

    public SafeFileHandle Handle { get; }

    /// <summary>
    /// Takes blocks ahead of what comes: writing is a third cheaper so. Never all that is announced: that costs nothing,
    /// and they would be gone for everybody else. Where the file system can't, the promise shrinks as bytes are written.
    /// </summary>
    public void Reserve(long bytes, DiskSpace.SpaceReservation space)
    {
        (this.space, length) = (space, bytes);
        preallocates = bytes > ReceiveMemory.LargeBlock; // a small body is one write anyway
        AllocateFor(0);
    }

    public async Task ReceiveAsync(UploadBody body)
    {
        // who sends faster than the disk writes is held back by the kernel in the middle of a write
        using var disk = body.Length > ReceiveMemory.LargeBlock ? ProcessThreads.WaitForDisk() : default;
        while (!body.IsComplete)
        {
            var received = await body.ReadAsync();
            var count = written + received.Length == body.Length || !body.MayBeHeld
                ? received.Length
                : WholeBlocks(received.Length, body.Length);
            Write(received.Slice(0, count));
            body.Take(count);
        }
    }

    /// <summary>Lets the disk begin with what it was not yet told of.</summary>
    public void BeginWriteback()
    {
        if (written > handedToDisk)
        {
            Posix.BeginWriteback(Handle, handedToDisk, written - handedToDisk);
            handedToDisk = written;
        }
    }

    /// <summary>Waits until the content has arrived there; size and name take a sync of the journal besides.</summary>
    public void FinishWriteback()
    {
        if (!Posix.TryFinishWriteback(Handle))
        {
            Posix.Sync(Handle);
        }
    }

    /// <returns>SHA-256 of the content, or null when nobody asked for it.</returns>
    public byte[]? HashOfAll() => hash?.GetHashAndReset();

    public bool IsSameAs(Blob stored)
    {
        var (ours, theirs) = (new byte[Alignment], new byte[Alignment]);
        for (var offset = 0L; offset < written && stored.Length == written;)
        {
            var count = RandomAccess.Read(Handle, ours, offset);
            if (count == 0 || RandomAccess.Read(stored.Handle, theirs.AsSpan(0, count), offset) != count
                || !ours.AsSpan(0, count).SequenceEqual(theirs.AsSpan(0, count)))
            {
                return false;
            }

            offset += count;
        }

        return stored.Length == written;
    }

    /// <returns><see langword="false"/> when the name is taken.</returns>
    public bool TryPublish(SafeFileHandle folder, string name) => published = Posix.Publish(path, folder, name);

    public void Dispose()
    {
        hash?.Dispose();
        Handle.Dispose();
        if (!published)
        {
            File.Delete(path);
        }
    }

    /// <summary>
    /// How much to write while more is to come: up to a block's end, and of a small body nothing before it is whole.
    /// </summary>
    private long WholeBlocks(long available, long length)
    {
        var end = written + available;
        return length <= ReceiveMemory.LargeBlock ? 0 : Math.Max(0, end - (end % Alignment) - written);
    }

    /// <summary>Makes sure that there are blocks for the next bytes.</summary>
    private void AllocateFor(long bytes)
    {
        while (preallocates && allocated < length && written + bytes >= allocated)
        {
            var step = Math.Min(Math.Clamp(allocated, FirstStep, LargestStep), length - allocated);
            preallocates = Posix.Preallocate(Handle, allocated, step);
            if (preallocates)
            {
                allocated += step;
                space!.Taken(step);
            }
        }
    }

    private void Write(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        AllocateFor(bytes.Length);

        foreach (var segment in bytes)
        {
            hash?.AppendData(segment.Span);
        }

        if (bytes.IsSingleSegment)
        {
            Posix.Write(Handle, bytes.FirstSpan, written);
        }
        else
        {
            var segments = new List<ReadOnlyMemory<byte>>();
            foreach (var segment in bytes)
            {
                segments.Add(segment);
            }

            RandomAccess.Write(Handle, segments, written);
        }

        written += bytes.Length;
        if (written > allocated)
        {
            space?.Taken(Math.Min(bytes.Length, written - allocated));
        }

        if (durable && written - handedToDisk >= WritebackStep)
        {
            BeginWriteback();
        }
    }
}
