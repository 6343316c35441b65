using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Status;

namespace HmacFileServer.Commands.Status;

/// <summary><c>status</c>: asks the running server how it does.</summary>
internal static class StatusCommand
{
    // It answers from memory, but for a look at the disk.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public static Command Create()
    {
        var json = CommandArguments.Json();
        var command = new Command("status", "Ask the running server: uploads under way, store, quotas, connections.")
        {
            json,
        };
        command.SetAction(
            (parsed, cancel) => RunAsync(parsed.GetValue(CommandLine.Config), parsed.GetValue(json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string? config, bool asJson, CancellationToken cancel)
    {
        if (!SettingsSource.Find(config).TryLoadWithoutSecrets(out var settings))
        {
            return ExitCode.Config;
        }

        var path = StatusSocket.PathIn(settings.Server.StoragePath);
        try
        {
            using var report = await AskAsync(path, cancel);
            if (asJson)
            {
                Output.Json(Console.OpenStandardOutput(), report.WriteTo);
            }
            else
            {
                StatusTable.Print(report.RootElement);
            }

            return ExitCode.Ok;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            await Console.Error.WriteLineAsync($"Only root, and the user that runs the server, may ask at {path}.");
        }
        catch (Exception e) when (e is SocketException or IOException or JsonException or ArgumentException
            or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"No server answers at {path}: {e.Message}");
        }

        return ExitCode.Unavailable;
    }

    private static async Task<JsonDocument> AskAsync(string path, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), either.Token);
        await using var stream = new NetworkStream(socket);
        return await JsonDocument.ParseAsync(stream, default, either.Token);
    }
}
