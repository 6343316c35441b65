using System.CommandLine;

namespace HmacFileServer.Commands.Migrate;

/// <summary><c>migrate</c>: from another upload server to this one, the configuration and the files.</summary>
internal static class MigrateCommand
{
    public static Command Create() => new("migrate", "Take over another upload server's configuration or files.")
    {
        MigrateConfigCommand.Create(),
        MigrateStoreCommand.Create(),
    };
}
