namespace HmacFileServer.Storage;

/// <summary>
/// Small files that were just read, held open: everyone in a chat fetches the same one in the same moment, and to open
/// it costs more than all questions about it. Asked at each use whether the file is still what it was, so that a deleted
/// or replaced one is never served; only a folder that an operator moves away is missed, for a second at most.
/// </summary>
internal sealed class RecentBlobs : IDisposable
{
    public const int Most = 256;

    /// <summary>After that nobody gets it from here; it is closed within as long again.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    // One for each hash of a path: the later drives out the earlier.
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

    /// <returns>To be let go by the caller; null when it has to be opened.</returns>
    public BlobFile? Find(BlobKey key)
    {
        ref var place = ref Place(key);
        if (Volatile.Read(ref place) is not { } entry || entry.File.StoredPath != key.StoredPath || IsOld(entry)
            || !entry.File.TryHold())
        {
            return null;
        }

        if (entry.File.IsUntouched)
        {
            return entry.File;
        }

        entry.File.LetGo();
        Close(ref place, entry);
        return null;
    }

    public void Keep(BlobFile file)
    {
        if (file.TryHold())
        {
            Interlocked.Exchange(ref Place(file.Key), new Entry(file, time.GetTimestamp()))?.File.LetGo();
            Arm();
        }
    }

    /// <summary>A file that we delete: its bytes come free at once.</summary>
    public void Close(BlobKey key)
    {
        ref var place = ref Place(key);
        if (Volatile.Read(ref place) is { } entry && entry.File.StoredPath == key.StoredPath)
        {
            Close(ref place, entry);
        }
    }

    public void Dispose()
    {
        closing.Dispose();
        foreach (ref var place in places.AsSpan())
        {
            Interlocked.Exchange(ref place, null)?.File.LetGo();
        }
    }

    private ref Entry? Place(BlobKey key) =>
        ref places[key.StoredPath.GetHashCode(StringComparison.Ordinal) & (Most - 1)];

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
