using System.Reflection;

namespace HmacFileServer.Telemetry;

/// <summary>Which build this is: the version that --version prints, without the commit that the SDK adds.</summary>
internal static class ProgramVersion
{
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "0.0.0";
}
