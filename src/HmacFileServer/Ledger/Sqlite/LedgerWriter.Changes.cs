using HmacFileServer.Ledger.Sqlite.Writes;

namespace HmacFileServer.Ledger.Sqlite;

/// <summary>What was asked for: with somebody who waits until it is durable, or without.</summary>
internal sealed partial class LedgerWriter
{
    private abstract class Change
    {
        public abstract bool IsAwaited { get; }

        public abstract void Apply(LedgerWrites writes);

        public abstract void Succeed();

        public abstract void Fail(LedgerException failure);
    }

    private sealed class Awaited<T>(Func<LedgerWrites, T> write) : Change
    {
        private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? result;

        public Task<T> Done => done.Task;

        public override bool IsAwaited => true;

        public override void Apply(LedgerWrites writes) => result = write(writes);

        public override void Succeed() => done.SetResult(result!);

        public override void Fail(LedgerException failure) => done.TrySetException(failure);
    }

    private sealed class Unawaited(Action<LedgerWrites> write, LedgerWriter writer) : Change
    {
        public override bool IsAwaited => false;

        public override void Apply(LedgerWrites writes) => write(writes);

        public override void Succeed() => Interlocked.Decrement(ref writer.unawaited);

        // The entry stays in flight: the next start finds it, with its file.
        public override void Fail(LedgerException failure) => Interlocked.Decrement(ref writer.unawaited);
    }
}
