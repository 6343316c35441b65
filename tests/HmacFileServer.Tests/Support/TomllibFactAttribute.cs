using System.Diagnostics;

namespace HmacFileServer.Tests.Support;

/// <summary>A test that needs Python 3.11 or later, whose standard library reads TOML.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TomllibFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> FoundPython = new(() => Candidates().FirstOrDefault(HasTomllib));

    public TomllibFactAttribute()
    {
        if (FoundPython.Value is null)
        {
            Skip = "no python3 with tomllib (3.11 or later) on PATH or in /usr/bin";
        }
    }

    public static string Python => FoundPython.Value ?? throw new InvalidOperationException("no python3 with tomllib");

    private static IEnumerable<string> Candidates() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append("/usr/bin")
            .Select(folder => Path.Combine(folder, "python3"))
            .Where(File.Exists);

    private static bool HasTomllib(string python)
    {
        using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import tomllib"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        });

        process!.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
