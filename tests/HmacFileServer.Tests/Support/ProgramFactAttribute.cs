namespace HmacFileServer.Tests.Support;

/// <summary>A test that needs a program of the system; skipped where there is none, except where CI insists.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(string program)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(["/usr/sbin", "/usr/bin"]);
        var isThere = folders.Any(folder => File.Exists(Path.Combine(folder, program)));
        if (!isThere && Environment.GetEnvironmentVariable("HFS_INTEROP") != "required")
        {
            Skip = $"{program} is not installed";
        }
    }
}
