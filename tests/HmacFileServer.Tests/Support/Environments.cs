using System.Runtime.CompilerServices;

namespace HmacFileServer.Tests.Support;

/// <summary>
/// The program takes every HFS_ variable for a setting, and refuses those that are none. What the interop tests are
/// told by such a name is not for the programs that we start.
/// </summary>
internal static class Environments
{
    [ModuleInitializer]
    public static void Clean()
    {
        Environment.SetEnvironmentVariable("HFS_INTEROP", null);
        Environment.SetEnvironmentVariable("HFS_INTEROP_KEEP", null);
    }
}
