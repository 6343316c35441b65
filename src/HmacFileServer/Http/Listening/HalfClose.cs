using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using HmacFileServer.Http.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace HmacFileServer.Http.Listening;

/// <summary>
/// A client may end its side of the connection after its request and still wait for the answer (RFC 9112 section 9.6).
/// Kestrel takes the end of the input for the end of the client, twice over: it aborts the request that runs, and it
/// takes a body for cut short whose last byte comes together with the end.
/// </summary>
internal static class HalfClose
{
    /// <summary>First of all: the connection counts as closed when nothing can be sent on it any more.</summary>
    public static ConnectionDelegate Tolerate(ConnectionDelegate next) => async connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            await next(connection);
            return;
        }

        using var closed = new CancellationTokenSource();
        await using var registration = connection.ConnectionClosed.UnsafeRegister(
            _ =>
            {
                if (SocketCalls.IsClosed(socket.SafeHandle))
                {
                    closed.Cancel();
                }
            },
            null);
        connection.ConnectionClosed = closed.Token;
        await next(connection);
    };

    /// <summary>Last of all, before HTTP: what came is read before the end of the input is seen.</summary>
    public static ConnectionDelegate ReadAllFirst(ConnectionDelegate next) => connection =>
    {
        connection.Transport = new Pipes(new Input(connection.Transport.Input), connection.Transport.Output);
        return next(connection);
    };

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>
    /// Tells of the end only when nothing is left that its reader has not seen. Until then each read makes progress, so
    /// it never tells too late: the second read without progress has the end.
    /// </summary>
    private sealed class Input(PipeReader inner) : PipeReader
    {
        private long shownAtEnd; // bytes that the reader had before it when the end was kept from it

        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
            inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        public override bool TryRead(out ReadResult result)
        {
            if (!inner.TryRead(out result))
            {
                return false;
            }

            result = Show(result);
            return true;
        }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var read = inner.ReadAsync(cancellationToken);
            return read.IsCompletedSuccessfully ? ValueTask.FromResult(Show(read.Result)) : WaitAsync(read);
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> read) => Show(await read);

        private ReadResult Show(in ReadResult result)
        {
            if (!result.IsCompleted || result.Buffer.Length == shownAtEnd)
            {
                return result;
            }

            shownAtEnd = result.Buffer.Length;
            return new ReadResult(result.Buffer, result.IsCanceled, isCompleted: false);
        }
    }
}
