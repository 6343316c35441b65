using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Http.Wire;

/// <summary>
/// What a connection sends, straight to its socket, in place of the transport's pipe and the second thread that empties
/// it: a third of what a small answer costs (docs/performance.md). Parts of files go by sendfile(2) and never come into
/// our memory. For cleartext HTTP/1.1 alone: TLS and HTTP/2 put bytes of their own around each piece.
/// <para>One writer at a time, as Kestrel has it. A flush ends when the kernel has taken everything, so what is unsent
/// is bounded.</para>
/// </summary>
internal sealed partial class SocketOutput(
    Socket socket, PipeWriter transport, MemoryPool<byte> pool, Action<string> abort)
    : PipeWriter, IFileOutput
{
    /// <summary>Written over by Kestrel's accounting in place of a file's bytes; nobody reads it.</summary>
    private static readonly byte[] Nowhere = GC.AllocateUninitializedArray<byte>(128 << 10);

    /// <summary>
    /// Of more the socket is corked: without Nagle's algorithm, which Kestrel's transport switches off, every
    /// acknowledgement sends what does not fill a packet yet, and wakes the receiver for it. A third of the CPU of a
    /// large download (docs/performance.md); for less the two calls cost more than they save.
    /// </summary>
    private const int FewPackets = 1 << 20;

    private readonly List<Part> parts = [];
    private int first;           // of the parts, that has not been sent whole
    private IMemoryOwner<byte>? block;
    private int start;           // of what is no part yet, within the block
    private int end;
    private long unflushed;
    private FilePart? announced; // the bytes that are written next are those of the file
    private int announcedLeft;
    private bool corked;         // packets wait until they are full
    private bool isLast;         // what was written of a file ends the body
    private bool broken;
    private bool cancelled;
    private CancellationTokenSource? waiting;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => unflushed;

    public void Write(PipeWriter body, SafeFileHandle file, long offset, int count, Action taken, long following)
    {
        isLast = following == 0;
        if (!corked && (!isLast || count > FewPackets))
        {
            SocketCalls.Cork(socket.SafeHandle);
            corked = true;
        }

        CutOff(); // or it would be held until the client has taken the file
        (announced, announcedLeft) = (new FilePart(file, offset, count, taken), count);
        for (var left = count; left > 0;)
        {
            var length = Math.Min(left, body.GetMemory(1).Length);
            body.Advance(length);
            left -= length;
        }

        if (announced is not null)
        {
            announced = null;
            // Kestrel kept them in a buffer of its own: what is there is no file
            Break("bytes of a file went elsewhere");
        }
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (announced is not null)
        {
            return Nowhere.AsMemory(0, Math.Min(Nowhere.Length, announcedLeft));
        }

        if (block is not null && block.Memory.Length - end < Math.Max(sizeHint, 1))
        {
            CutOff();
        }

        block ??= sizeHint <= pool.MaxBufferSize ? pool.Rent(Math.Max(sizeHint, 1)) : new Unpooled(sizeHint);
        return block.Memory[end..];
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        unflushed += bytes;
        if (announced is null)
        {
            end += bytes;
            return;
        }

        announcedLeft -= bytes;
        if (announcedLeft == 0)
        {
            parts.Add(new Part(announced, default, null));
            announced = null;
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Cut();
        while (!broken && first < parts.Count)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return ValueTask.FromCanceled<FlushResult>(cancellationToken);
            }

            if (!TrySend(parts[first]))
            {
                return FlushSlowlyAsync(cancellationToken);
            }
        }

        return ValueTask.FromResult(Flushed());
    }

    public override void CancelPendingFlush()
    {
        cancelled = true;
        try
        {
            waiting?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended in this very moment.
        }
    }

    public override void Complete(Exception? exception = null)
    {
        broken = true;
        Flushed();
        transport.Complete(exception);
    }

    private FlushResult Flushed()
    {
        for (; first < parts.Count; first++)
        {
            parts[first].Block?.Dispose(); // only what is broken ends before its last part
        }

        if (corked && isLast && !broken)
        {
            SocketCalls.Uncork(socket.SafeHandle);
            corked = false;
        }

        parts.Clear();
        block?.Dispose();
        (first, block, start, end, unflushed) = (0, null, 0, 0, 0);
        var result = new FlushResult(cancelled, broken);
        cancelled = false;
        return result;
    }

    /// <summary>What was written into the block so far becomes a part, in order with those of files.</summary>
    private void Cut()
    {
        if (end > start)
        {
            parts.Add(new Part(null, block!.Memory[start..end], null));
            start = end;
        }
    }

    /// <summary>The same, and the block is given back as soon as all that is in it was sent.</summary>
    private void CutOff()
    {
        Cut();
        if (block is not null)
        {
            parts.Add(new Part(null, default, block));
            (block, start, end) = (null, 0, 0);
        }
    }

    private void Break(string? why)
    {
        broken = true;
        if (why is not null)
        {
            abort(why);
        }
    }
}
