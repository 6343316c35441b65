namespace HmacFileServer.Telemetry;

/// <summary>
/// What nobody expected where nobody waits for an answer: counted, logged once a minute for each task, and the task
/// goes on. An exception that leaves a hosted service, a timer or a thread stops the process, for everybody.
/// </summary>
internal sealed class BackgroundErrors(TimeProvider time, ServerMetrics metrics, ILogger<BackgroundErrors> log)
{
    private readonly Dictionary<BackgroundTask, OncePerMinute> errors =
        Enum.GetValues<BackgroundTask>().ToDictionary(task => task, _ => new OncePerMinute(time));

    /// <summary>Never throws: it is called where nothing may.</summary>
    public void Report(BackgroundTask task, Exception error)
    {
        try
        {
            metrics.BackgroundFailed(task);
            if (errors[task].Add(out var count))
            {
                log.BackgroundFailed(error, task, count);
            }
        }
        catch (Exception)
        {
            // A log that can't be written has nobody left to tell.
        }
    }

    public void Guard(BackgroundTask task, Action work)
    {
        try
        {
            work();
        }
        catch (Exception e)
        {
            Report(task, e);
        }
    }

    /// <summary>
    /// For ExceptionHandling.SetUnhandledExceptionHandler: timers, signal handlers and work items of the thread pool.
    /// </summary>
    /// <returns><see langword="true"/>: handled, the process lives.</returns>
    public bool Handle(Exception error)
    {
        Report(BackgroundTask.Other, error);
        return true;
    }
}

/// <summary>Where an error that nobody expected came up; a label of the metric.</summary>
internal enum BackgroundTask
{
    Component,
    Sweeper,
    Settings,
    Status,
    Metrics,
    Systemd,
    Other,
}
