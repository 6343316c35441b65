namespace HmacFileServer.Storage;

/// <summary>
/// One sync for all who ask while another one runs: the folder that every upload makes a folder in would else be
/// synced by each.
/// </summary>
internal sealed class SharedSync(Action sync)
{
    private readonly Lock gate = new();
    private TaskCompletionSource? next;
    private bool running;

    /// <returns>Done when a sync is that began after this call. Fails as that one does.</returns>
    public Task RunAsync()
    {
        lock (gate)
        {
            next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!running)
            {
                running = true;
                ThreadPool.UnsafeQueueUserWorkItem(static shared => shared.Work(), this, preferLocal: false);
            }

            return next.Task;
        }
    }

    private void Work()
    {
        while (Begin() is { } waiting)
        {
            try
            {
                sync();
                waiting.SetResult();
            }
            catch (Exception e)
            {
                waiting.SetException(e); // whatever it was: unheard here, it would end the process
            }
        }
    }

    private TaskCompletionSource? Begin()
    {
        lock (gate)
        {
            var waiting = next;
            next = null;
            running = waiting is not null;
            return waiting;
        }
    }
}
