using System.CommandLine;
using HmacFileServer.Settings;
using HmacFileServer.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace HmacFileServer.Commands;

/// <summary><c>check</c>: every problem of the settings and the store, without starting anything.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var command = new Command("check", "Check the configuration and the storage folder. Exits 0, or 78 when something is wrong.");
        command.SetAction(parsed => Run(SettingsSource.Find(parsed.GetValue(CommandLine.Config)), Console.Out));
        return command;
    }

    private static int Run(SettingsSource source, TextWriter output)
    {
        if (source.IsBeforeFirstStart)
        {
            output.WriteLine("There is no configuration file, and no secret yet: the first start makes one.");
            return ExitCode.Ok;
        }

        if (!source.TryLoad(out var settings))
        {
            return ExitCode.Config;
        }

        var problems = StoreProblems(settings).ToArray();
        foreach (var problem in problems)
        {
            Console.Error.WriteLine(problem);
        }

        if (problems.Length > 0)
        {
            return ExitCode.Config;
        }

        foreach (var warning in SettingsWarnings.Of(settings))
        {
            output.WriteLine($"warning: {warning}");
        }

        output.WriteLine($"{source.Path ?? SettingsLoader.NoFile}: the settings are good, and the store can be written");
        return ExitCode.Ok;
    }

    private static IEnumerable<string> StoreProblems(ServerSettings settings)
    {
        string? problem = null;
        try
        {
            using var store = new DiskBlobStore(settings.Server.StoragePath, NullLogger<DiskBlobStore>.Instance);
            store.Probe();
            if (store.Space.TryReserve(0, settings.Server.MinFreeBytes.Bytes) is null)
            {
                problem = $"the disk has less than min_free_bytes ({settings.Server.MinFreeBytes}) left: uploads are refused";
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"can't be written: {e.Message}";
        }

        if (problem is not null)
        {
            yield return $"{settings.Server.StoragePath}  server.storage_path  {problem}";
        }
    }
}
