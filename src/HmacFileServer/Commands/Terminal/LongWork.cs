using Spectre.Console;

namespace HmacFileServer.Commands.Terminal;

/// <summary>Shows how far a long work has come, where somebody looks.</summary>
internal static class LongWork
{
    public static Task RunAsync(string title, long total, Func<Action<long>, Task> work)
    {
        if (Console.IsOutputRedirected)
        {
            return work(_ => { });
        }

        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(),
                new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask(title, maxValue: Math.Max(total, 1));
                await work(done => task.Value = done);
                task.Value = task.MaxValue;
            });
    }
}
