namespace HmacFileServer.Ledger.Sqlite;

/// <summary>One transaction for many, and what becomes of them when it fails.</summary>
internal sealed partial class LedgerWriter
{
    private void Commit(List<Change> batch)
    {
        var failure = Try(batch);
        if (failure is not null && batch.Count > 1)
        {
            // One of them can't be done. Each for itself then, so that it does not take the others with it.
            foreach (var change in batch)
            {
                Commit([change]);
            }

            return;
        }

        failure ??= MakeDurable(batch);
        foreach (var change in batch)
        {
            if (failure is null)
            {
                change.Succeed();
            }
            else
            {
                change.Fail(failure);
            }
        }
    }

    private LedgerException? Try(List<Change> batch)
    {
        try
        {
            writes.Begin();
            batch.ForEach(change => change.Apply(writes));
            writes.Commit();
            return null;
        }
        catch (Exception e)
        {
            TryRollBack();
            return e is DatabaseException known ? SqliteLedger.Broken(known) : SqliteLedger.Unexpected(e);
        }
    }

    /// <summary>What nobody waits for is made durable with the next that somebody does: the log is written in order.</summary>
    private LedgerException? MakeDurable(List<Change> batch)
    {
        try
        {
            if (torn is null && batch.Exists(change => change.IsAwaited))
            {
                writes.Sync();
            }
        }
        catch (Exception e)
        {
            // The kernel says so once, and what follows a hole in the log is not read after a power cut. The next start
            // reads the log, and begins a new one.
            torn = new LedgerException(
                $"The ledger's log can't be made durable, until the server is started again: {e.Message}", e);
        }

        return torn;
    }

    private void TryRollBack()
    {
        try
        {
            writes.Rollback();
        }
        catch (DatabaseException)
        {
            // What began the trouble is reported; the next transaction meets whatever remains of it.
        }
    }
}
