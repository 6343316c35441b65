using System.Collections.Concurrent;
using HmacFileServer.Storage;

namespace HmacFileServer.Uploads;

/// <summary>
/// Which uploads run, at most one a key. A newcomer takes over: phones change networks and send again from byte 0 while
/// the old connection hangs half-dead (OkHttp does so by itself on a host with two addresses).
/// </summary>
internal sealed class ActiveUploads
{
    private readonly ConcurrentDictionary<BlobKey, Turn> turns = new();
    private int running;

    public int Count => turns.Count;

    /// <summary>What is being received, and how far it has come.</summary>
    public IEnumerable<KeyValuePair<BlobKey, UploadProgress>> UnderWay => turns
        .Where(turn => turn.Value.Progress is not null)
        .Select(turn => KeyValuePair.Create(turn.Key, turn.Value.Progress!));

    /// <summary>
    /// Cancels the upload that holds the key, waits until it has let go of everything, and holds the key then.
    /// </summary>
    /// <exception cref="SupersededException">A third one came meanwhile.</exception>
    public async Task<Turn> TakeOverAsync(BlobKey key, CancellationToken cancel)
    {
        var turn = new Turn(this, key);
        Turn? earlier = null;
        turns.AddOrUpdate(
            key,
            _ => { earlier = null; return turn; },
            (_, current) => { earlier = current; return turn; });
        if (earlier is null)
        {
            return turn;
        }

        earlier.Supersede();
        turn.Follows(earlier);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, turn.Superseded);
            await earlier.Ended.WaitAsync(either.Token);
            return turn;
        }
        catch (OperationCanceledException) when (turn.Superseded.IsCancellationRequested)
        {
            turn.Dispose();
            throw new SupersededException();
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    /// <summary>Waits until no upload runs, for the end of the server.</summary>
    public Task DrainAsync() => Task.WhenAll(turns.Values.Select(turn => turn.Ended));

    /// <summary>One upload's hold on its key.</summary>
    internal sealed class Turn(ActiveUploads uploads, BlobKey key) : IDisposable
    {
        private readonly CancellationTokenSource superseded = new();
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Task before = Task.CompletedTask;
        private bool runs;

        /// <summary>Cancelled when a newer upload wants the key.</summary>
        public CancellationToken Superseded => superseded.Token;

        /// <summary>Null while nothing is received.</summary>
        public UploadProgress? Progress { get; private set; }

        /// <summary>This upload, and every one before it, has let go.</summary>
        public Task Ended => ended.Task;

        /// <summary>
        /// Lets this upload run unless <paramref name="most"/> do. Those that wait for their turn, or are about to be
        /// refused, don't count: they must not refuse each other.
        /// </summary>
        public bool TryRun(int most)
        {
            int now;
            do
            {
                now = Volatile.Read(ref uploads.running);
                if (now >= most)
                {
                    return false;
                }
            }
            while (Interlocked.CompareExchange(ref uploads.running, now + 1, now) != now);

            runs = true;
            return true;
        }

        public void Supersede()
        {
            try
            {
                superseded.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself in this very moment.
            }
        }

        public void Shows(UploadProgress progress) => Progress = progress;

        public void Follows(Turn earlier) => before = earlier.Ended;

        public void Dispose()
        {
            superseded.Dispose();
            if (runs)
            {
                Interlocked.Decrement(ref uploads.running);
            }

            // Whoever comes after us must not start before those have ended whom we were still waiting for.
            if (before.IsCompleted)
            {
                End();
            }
            else
            {
                _ = before.ContinueWith(_ => End(), TaskScheduler.Default);
            }
        }

        private void End()
        {
            uploads.turns.TryRemove(KeyValuePair.Create(key, this));
            ended.TrySetResult();
        }
    }
}

/// <summary>An upload as whoever asks for the server's state sees it.</summary>
internal sealed record UploadProgress(UploadBody Body, string? Owner, string Address);

/// <summary>A newer request for the same slot took over.</summary>
internal sealed class SupersededException() : Exception("A newer upload took over.");
