using HmacFileServer.Storage;

namespace HmacFileServer.Downloads;

/// <summary>
/// A blob as a stream for the framework's file result. Each read means that the client has taken what was read before:
/// when none comes for too long, the owner is told.
/// </summary>
internal sealed class BlobStream : Stream
{
    private readonly Blob blob;
    private readonly TimeSpan silence;
    private readonly ITimer timer;
    private readonly Lock ending = new();
    private readonly Action stalled;
    private bool ended;

    public BlobStream(Blob blob, TimeSpan silence, TimeProvider time, Action stalled)
    {
        this.blob = blob;
        this.silence = silence;
        this.stalled = stalled;
        timer = time.CreateTimer(_ => Stalled(), null, silence, Timeout.InfiniteTimeSpan);
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => blob.Length;

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        timer.Change(silence, Timeout.InfiniteTimeSpan);
        var count = RandomAccess.Read(blob.Handle, buffer, Position);
        Position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    // Plain pread: the page cache answers in a microsecond, a switch of threads costs more.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
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

            timer.Dispose();
            blob.Dispose();
        }

        base.Dispose(disposing);
    }
}
