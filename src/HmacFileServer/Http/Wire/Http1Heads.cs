using System.Buffers;
using System.IO.Pipelines;
using HmacFileServer.Limits;
using Microsoft.AspNetCore.Connections;

namespace HmacFileServer.Http.Wire;

/// <summary>
/// What a connection of HTTP/1.1 receives, and how much of it is the head of a request that is not complete. Kestrel
/// turns each line into strings as it comes, so what it has consumed counts as much as what it waits to be continued.
/// </summary>
internal sealed class Http1Heads(PipeReader input, RequestHeads.Share share) : PipeReader
{
    private ReadOnlySequence<byte> last;
    private bool running;  // a request, whose head is complete
    private long consumed; // of the head; while a request runs, of its body
    private long rest;     // of the last request's body, that nobody read

    /// <summary>A request from the end of its head to its own.</summary>
    public async Task KeepAsync(HttpContext http, RequestDelegate next)
    {
        (running, consumed) = (true, 0);
        try
        {
            await next(http);
        }
        finally
        {
            rest = Math.Max(0, (http.Request.ContentLength ?? 0) - consumed);
            (running, consumed) = (false, 0);
            share.TryHold(0);
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = input.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? new(Counted(read.Result)) : CountedAsync(read);
    }

    public override bool TryRead(out ReadResult result)
    {
        var isThere = input.TryRead(out result);
        result = isThere ? Counted(result) : result;
        return isThere;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var count = last.Slice(0, consumed).Length;
        var ofRest = running ? 0 : Math.Min(rest, count);
        rest -= ofRest;
        this.consumed += count - ofRest;
        last = default;
        input.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => input.CancelPendingRead();

    public override void Complete(Exception? exception = null) => input.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => input.CompleteAsync(exception);

    private async ValueTask<ReadResult> CountedAsync(ValueTask<ReadResult> read) => Counted(await read);

    private ReadResult Counted(ReadResult read)
    {
        last = read.Buffer;
        if (!running && !share.TryHold(consumed + Math.Max(0, last.Length - rest)))
        {
            throw new ConnectionAbortedException("The heads of requests take all the memory that they may.");
        }

        return read;
    }
}
