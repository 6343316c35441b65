namespace HmacFileServer.Storage;

/// <summary>
/// Admits uploads while the disk can take them: what is free, less what running uploads were promised and have not yet
/// written, less what must stay free.
/// </summary>
internal sealed class DiskSpace(Func<long> freeBytes)
{
    private readonly Lock admission = new();
    private long promised;

    /// <summary>Bytes promised to running uploads and not yet taken from the disk.</summary>
    public long PromisedBytes => Interlocked.Read(ref promised);

    public static DiskSpace Of(string path) => new(() => new DriveInfo(path).AvailableFreeSpace);

    /// <returns>Null when the disk can't take that many more bytes.</returns>
    public SpaceReservation? TryReserve(long bytes, long keepFreeBytes)
    {
        lock (admission)
        {
            var free = freeBytes() - promised - keepFreeBytes;
            if (bytes > free)
            {
                return null;
            }

            promised += bytes;
            return new SpaceReservation(this, bytes);
        }
    }

    /// <summary>Room on the disk for one upload; given back on dispose, whatever happened.</summary>
    internal sealed class SpaceReservation(DiskSpace space, long bytes) : IDisposable
    {
        private long held = bytes;

        /// <summary>The bytes are on the disk now, and so in its own count of what is free.</summary>
        public void Taken(long count)
        {
            count = Math.Min(count, held);
            held -= count;
            lock (space.admission)
            {
                space.promised -= count;
            }
        }

        public void Dispose() => Taken(held);
    }
}
