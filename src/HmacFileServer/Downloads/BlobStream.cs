using System.IO.Pipelines;
using HmacFileServer.Http.Wire;
using HmacFileServer.Memory;
using HmacFileServer.Storage;

namespace HmacFileServer.Downloads;

/// <summary>
/// A blob on its way to a client, from the file into the connection's own blocks. For the framework's file result, which
/// settles range and condition, it is a stream: that positions it and begins to copy, and the first read sends everything
/// and says that this was the end, for the framework's copy passes every byte through two buffers more, a third of the
/// cost (docs/performance.md). Each flush that ends means that the client has taken something: when none does for too
/// long, the owner is told.
/// </summary>
internal sealed class BlobStream : Stream
{
    private const int MostAtOnce = 4 << 20; // a flush holds Kestrel's lock of the connection while the socket takes all

    private const int MostOfCold = 1 << 20; // the disk reads it while nobody can tell that the client has taken some

    private readonly Blob blob;
    private readonly HttpResponse response;
    private readonly TimeSpan silence;
    private readonly TimeProvider time;
    private readonly Lock ending = new();
    private readonly Action stalled;
    private ITimer? timer; // once the client has to be waited for: most small files it takes at once
    private bool ended;

    public BlobStream(Blob blob, HttpResponse response, TimeSpan silence, TimeProvider time, Action stalled)
    {
        this.blob = blob;
        this.response = response;
        this.silence = silence;
        this.stalled = stalled;
        this.time = time;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => blob.Length;

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await SendAsync(cancellationToken);
        return 0;
    }

    /// <summary>From the position on as much as the answer's length says, or all.</summary>
    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        // before it, what is written is copied once more to follow the head
        await response.StartAsync(cancellationToken);
        var writer = response.BodyWriter;
        var files = response.HttpContext.Features.Get<IFileOutput>();
        for (var left = response.ContentLength ?? Length - Position; left > 0;)
        {
            var most = files is null ? ReceiveMemory.LargeBlock : MostAtOnce;
            var isCold = !blob.IsInMemory(Position, Math.Min(left, most));
            using var disk = isCold ? ProcessThreads.WaitForDisk() : default;
            if (isCold)
            {
                await Poller.Leave();
            }

            var count = files is null
                ? Fill(writer, left)
                : Hand(files, writer, (int)Math.Min(left, isCold ? MostOfCold : MostAtOnce), left);
            if (count == 0)
            {
                break; // somebody cut the file short: Kestrel sees that the length isn't met, and cuts the connection
            }

            left -= count;
            var flush = writer.FlushAsync(cancellationToken);
            var hadRoom = flush.IsCompleted;
            if (!hadRoom)
            {
                timer ??= time.CreateTimer(_ => Stalled(), null, silence, Timeout.InfiniteTimeSpan);
            }

            if ((await flush).IsCompleted && left > 0)
            {
                throw new OperationCanceledException(); // the client left, which Kestrel may not know yet
            }

            Progressed();
            if (left > 0 && (hadRoom || files is not null))
            {
                await Poller.Leave(); // who takes all at once, or parts so large, would keep the thread to himself
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Hand(IFileOutput files, PipeWriter writer, int count, long left)
    {
        files.Write(writer, blob.Handle, Position, count, Progressed, left - count);
        Position += count;
        return count;
    }

    // Plain pread: the page cache answers in a microsecond, a switch of threads costs more.
    private int Fill(PipeWriter writer, long left)
    {
        var block = writer.GetMemory().Span;
        var count = RandomAccess.Read(blob.Handle, block[..(int)Math.Min(block.Length, left)], Position);
        writer.Advance(count);
        Position += count;
        return count;
    }

    private void Progressed() => timer?.Change(silence, Timeout.InfiniteTimeSpan);

    /// <summary>A timer that was due already when we ended would cut off the next request on the connection.</summary>
    private void Stalled()
    {
        lock (ending)
        {
            if (!ended)
            {
                stalled();
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (ending)
            {
                ended = true;
            }

            timer?.Dispose();
            blob.Dispose();
        }

        base.Dispose(disposing);
    }
}
