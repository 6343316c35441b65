namespace HmacFileServer.Storage;

/// <summary>
/// Small files that were just read, held open: everyone in a chat fetches the same one in the same moment, and to open
/// it costs more than all questions about it. Asked at each use whether the file is still what it was, so that a deleted
/// or replaced one is never served; only a folder that an operator moves away is missed, for a second at most.
/// </summary>
internal sealed class RecentBlobs : IDisposable
{
    public const int Most = 256;

    /// <summary>
    /// By the hash of their paths; a new one drives out the oldest of them. (With a place of its own for each hash, a
    /// seventh of 64 files were opened each time.)
    /// </summary>
    public const int Together = 4;

    /// <summary>After that nobody gets it from here; it is closed within as long again.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly Entry?[] places = new Entry?[Most];
    private readonly TimeProvider time;
    private readonly ITimer closing;
    private bool armed;

    public RecentBlobs(TimeProvider time)
    {
        this.time = time;
        closing = time.CreateTimer(_ => CloseOld(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Files held open.</summary>
    public int Count => places.Count(entry => entry is not null);

    /// <summary>With whose keys this one shares its places.</summary>
    public static int SetOf(BlobKey key) =>
        key.StoredPath.GetHashCode(StringComparison.Ordinal) & ((Most / Together) - 1);

    /// <returns>To be let go by the caller; null when it has to be opened.</returns>
    public BlobFile? Find(BlobKey key)
    {
        foreach (ref var place in Places(key))
        {
            if (Volatile.Read(ref place) is not { } entry || entry.File.StoredPath != key.StoredPath || IsOld(entry)
                || !entry.File.TryHold())
            {
                continue;
            }

            if (entry.File.IsUntouched)
            {
                return entry.File;
            }

            entry.File.LetGo();
            Close(ref place, entry);
        }

        return null;
    }

    public void Keep(BlobFile file)
    {
        if (file.TryHold())
        {
            Interlocked.Exchange(ref PlaceFor(file), new Entry(file, time.GetTimestamp()))?.File.LetGo();
            Arm();
        }
    }

    /// <summary>A file that we delete: its bytes come free at once.</summary>
    public void Close(BlobKey key)
    {
        foreach (ref var place in Places(key)) // two who opened it in the very same moment may both have left it here
        {
            if (Volatile.Read(ref place) is { } entry && entry.File.StoredPath == key.StoredPath)
            {
                Close(ref place, entry);
            }
        }
    }

    public void Dispose()
    {
        closing.Dispose();
        CloseAll();
    }

    /// <summary>Closes every file that nobody reads just now.</summary>
    public void CloseAll()
    {
        foreach (ref var place in places.AsSpan())
        {
            Interlocked.Exchange(ref place, null)?.File.LetGo();
        }
    }

    private Span<Entry?> Places(BlobKey key) => places.AsSpan(SetOf(key) * Together, Together);

    /// <summary>
    /// That of the same file, left by another who opened it at the same time, so that one file has no two places; a free
    /// one; or the oldest.
    /// </summary>
    private ref Entry? PlaceFor(BlobFile file)
    {
        var among = Places(file.Key);
        var oldest = 0;
        for (var i = 0; i < among.Length; i++)
        {
            if (among[i]?.File.StoredPath == file.StoredPath)
            {
                return ref among[i];
            }

            if (among[oldest] is { } before && (among[i] is not { } entry || entry.Since < before.Since))
            {
                oldest = i;
            }
        }

        return ref among[oldest];
    }

    private bool IsOld(Entry entry) => time.GetElapsedTime(entry.Since) >= Longest;

    private static void Close(ref Entry? place, Entry entry)
    {
        if (Interlocked.CompareExchange(ref place, null, entry) == entry)
        {
            entry.File.LetGo();
        }
    }

    private void Arm()
    {
        if (!Interlocked.Exchange(ref armed, true))
        {
            closing.Change(Longest, Timeout.InfiniteTimeSpan);
        }
    }

    private void CloseOld()
    {
        Interlocked.Exchange(ref armed, false); // first: who keeps one from here on arms it again
        foreach (ref var place in places.AsSpan())
        {
            if (Volatile.Read(ref place) is not { } entry)
            {
                continue;
            }

            if (IsOld(entry))
            {
                Close(ref place, entry);
            }
            else
            {
                Arm(); // a server at rest has no timer
            }
        }
    }

    private sealed record Entry(BlobFile File, long Since);
}
