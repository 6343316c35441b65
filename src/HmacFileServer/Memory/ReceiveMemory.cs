using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace HmacFileServer.Memory;

/// <summary>
/// The memory that bodies pass through. Kestrel asks for 4 KiB at a time and reads as much as it was given, so whoever
/// hands out 256 KiB decides how many system calls an upload costs: half the CPU (docs/performance.md). A byte budget
/// bounds what slow senders can hold of it; beyond the budget they get the 4 KiB they asked for. What nobody uses goes
/// back to the kernel.
/// </summary>
internal sealed class ReceiveMemory : IMemoryPoolFactory<byte>, IDisposable
{
    /// <summary>
    /// 1 MiB halves the rate of 32 small uploads at once, for the blocks no longer fit the CPU's cache; 64 KiB
    /// costs more calls.
    /// </summary>
    public const int LargeBlock = 256 << 10;

    /// <summary>What Kestrel asks for, and what a sender gets when the budget is spent.</summary>
    public const int SmallBlock = 4 << 10;

    /// <summary>Blocks that nobody took for so long are given back.</summary>
    public static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly LargeBlockOwner[] free;
    private readonly ITimer trimming;
    private readonly Survivors survivors;
    private readonly QuietCollection quiet;
    private int made;
    private int freeCount;
    private int handedOut;
    private int untouched; // from the bottom of the stack: those that nobody took since the timer last fired
    private int trimmed;   // from the bottom of the stack: those whose pages the kernel has back
    private bool armed;

    /// <param name="budgetBytes">How much may be handed out as large blocks.</param>
    /// <param name="time">The clock.</param>
    /// <param name="survivors">Looked for while there is traffic; those of this process unless told.</param>
    /// <param name="quiet">Collects when there is none any more; this process' memory unless told.</param>
    public ReceiveMemory(
        long budgetBytes, TimeProvider time, Survivors? survivors = null, QuietCollection? quiet = null)
    {
        this.survivors = survivors ?? new Survivors();
        this.quiet = quiet ?? new QuietCollection();
        free = new LargeBlockOwner[(int)Math.Min(budgetBytes / LargeBlock, int.MaxValue / 2)];
        trimming = time.CreateTimer(_ => Trim(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Bytes of large blocks that are handed out.</summary>
    public long HeldBytes => (long)Volatile.Read(ref handedOut) * LargeBlock;

    /// <summary>
    /// Half of the budget is handed out: who has received something should not hold it for the sake of a rounder write.
    /// </summary>
    public bool IsScarce => Volatile.Read(ref handedOut) * 2 >= free.Length;

    /// <summary>Bytes of large blocks that the kernel keeps pages for, at most: handed out, or lying ready.</summary>
    public long ResidentBytes
    {
        get
        {
            lock (gate)
            {
                return (long)(made - trimmed) * LargeBlock;
            }
        }
    }

    /// <summary>Every pool draws on the same budget: Kestrel makes one for each of its queues.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new BlockPool(this);

    public IMemoryOwner<byte> Rent(int bytes)
    {
        lock (gate)
        {
            if (freeCount > 0)
            {
                freeCount--;
                handedOut++;
                untouched = Math.Min(untouched, freeCount);
                trimmed = Math.Min(trimmed, freeCount);
                return free[freeCount].Taken();
            }

            if (made < free.Length)
            {
                made++;
                handedOut++;
                return new LargeBlockOwner(this).Taken();
            }
        }

        return new SmallBlockOwner(Math.Max(bytes, SmallBlock));
    }

    public void Dispose() => trimming.Dispose();

    private void Return(LargeBlockOwner block)
    {
        lock (gate)
        {
            handedOut--;
            free[freeCount++] = block; // last in, first out: the next one finds it in the CPU's cache
            if (!armed)
            {
                armed = true;
                untouched = freeCount;
                trimming.Change(IdleAfter, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Trim()
    {
        survivors.CollectWhenDue();
        lock (gate)
        {
            for (; trimmed < untouched; trimmed++)
            {
                Pages.GiveBack(free[trimmed].Memory.Span);
            }

            untouched = freeCount;
        }

        quiet.CollectWhenQuiet();
        lock (gate)
        {
            armed = trimmed < freeCount || quiet.HasGrown; // a server at rest has no timer
            if (armed)
            {
                trimming.Change(IdleAfter, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>
    /// Pinned for ever, so that a read costs no pin; page-aligned, so that whole pages can be given back.
    /// </summary>
    private sealed class LargeBlockOwner : IMemoryOwner<byte>
    {
        private readonly ReceiveMemory home;
        private bool taken;

        public LargeBlockOwner(ReceiveMemory home)
        {
            this.home = home;
            var array = GC.AllocateUninitializedArray<byte>(LargeBlock + Environment.SystemPageSize, pinned: true);
            Memory = MemoryMarshal.CreateFromPinnedArray(array, Pages.FirstIn(array), LargeBlock);
        }

        public Memory<byte> Memory { get; }

        public LargeBlockOwner Taken()
        {
            taken = true;
            return this;
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref taken, false))
            {
                home.Return(this);
            }
        }
    }

    private sealed class SmallBlockOwner(int bytes) : IMemoryOwner<byte>
    {
        private byte[]? array = ArrayPool<byte>.Shared.Rent(bytes);

        public Memory<byte> Memory => array;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref array, null) is { } rented)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private sealed class BlockPool(ReceiveMemory memory) : MemoryPool<byte>
    {
        public override int MaxBufferSize => LargeBlock;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, LargeBlock);
            return memory.Rent(minBufferSize);
        }

        protected override void Dispose(bool disposing)
        {
            // The blocks belong to all pools, and late connections bring theirs back after this.
        }
    }
}
