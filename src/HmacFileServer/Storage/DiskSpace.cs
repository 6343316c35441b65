namespace HmacFileServer.Storage;

/// <summary>
/// Admits uploads while the disk can take them: what is free, less what running uploads were promised and have not yet
/// written, less what must stay free.
/// </summary>
internal sealed class DiskSpace(Func<long> freeBytes, Func<long>? totalBytes = null, TimeProvider? time = null)
{
    private const long Plenty = 1L << 30;

    // While it leaves plenty, an earlier answer of the file system's will do for so long, less what we wrote since.
    private static readonly TimeSpan Recent = TimeSpan.FromMilliseconds(100);

    private readonly Lock admission = new();
    private readonly Dictionary<string, long> clients = new(StringComparer.Ordinal);
    private readonly TimeProvider time = time ?? TimeProvider.System;
    private long promised;
    private long known;
    private long? knownAt;

    /// <summary>Bytes promised to running uploads and not yet taken from the disk.</summary>
    public long PromisedBytes => Interlocked.Read(ref promised);

    public long FreeBytes => freeBytes();

    /// <summary>0 when nobody knows.</summary>
    public long TotalBytes => totalBytes?.Invoke() ?? 0;

    public static DiskSpace Of(string path) =>
        new(() => new DriveInfo(path).AvailableFreeSpace, () => new DriveInfo(path).TotalSize);

    /// <returns>How much must go until the disk is no fuller than the lower percentage; 0 when it is not above the
    /// higher.</returns>
    public long BytesToFree(int high, int low)
    {
        if (high >= 100 || totalBytes?.Invoke() is not { } total)
        {
            return 0;
        }

        var used = total - freeBytes();
        return used > total / 100.0 * high ? used - (long)(total / 100.0 * low) : 0;
    }

    /// <returns>Null when the disk can't take that many more bytes.</returns>
    public SpaceReservation? TryReserve(long bytes, long keepFreeBytes) =>
        TryReserve(bytes, new PromiseLimits { KeepFreeBytes = keepFreeBytes }, client: null, out _);

    /// <param name="client">Whose promises are counted together; null for nobody's.</param>
    /// <param name="reached">What stands against it.</param>
    /// <returns>Null when something does.</returns>
    public SpaceReservation? TryReserve(long bytes, PromiseLimits limits, string? client, out PromiseLimit reached)
    {
        lock (admission)
        {
            var free = FreeFor(bytes, limits.KeepFreeBytes);
            reached = limits.Judge(bytes, free, promised, client is null ? 0 : clients.GetValueOrDefault(client));
            if (reached != PromiseLimit.None)
            {
                return null;
            }

            Promise(client, bytes);
            return new SpaceReservation(this, client, bytes);
        }
    }

    /// <summary>What may be filled, the promised among it.</summary>
    private long FreeFor(long bytes, long keepFreeBytes)
    {
        var left = known - promised - keepFreeBytes;
        if (knownAt is not { } then || left < Plenty || bytes > left - Plenty || time.GetElapsedTime(then) > Recent)
        {
            known = freeBytes();
            knownAt = time.GetTimestamp();
        }

        return known - keepFreeBytes;
    }

    private void Promise(string? client, long bytes)
    {
        promised += bytes;
        if (client is null)
        {
            return;
        }

        var sum = clients.GetValueOrDefault(client) + bytes;
        if (sum > 0)
        {
            clients[client] = sum;
        }
        else
        {
            clients.Remove(client); // so that no more are kept than have uploads under way
        }
    }

    /// <summary>Room on the disk for one upload; given back on dispose, whatever happened.</summary>
    internal sealed class SpaceReservation(DiskSpace space, string? client, long bytes) : IDisposable
    {
        private long held = bytes;

        /// <summary>The bytes are on the disk now, and so in its own count of what is free.</summary>
        public void Taken(long count)
        {
            lock (space.admission)
            {
                count = Math.Min(count, held);
                held -= count;
                space.known -= count;
                space.Promise(client, -count);
            }
        }

        public void Dispose()
        {
            lock (space.admission)
            {
                space.Promise(client, -held);
                held = 0;
            }
        }
    }
}
