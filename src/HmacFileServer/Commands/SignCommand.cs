using System.CommandLine;
using HmacFileServer.Commands.Terminal;
using HmacFileServer.Settings;
using HmacFileServer.Slots;
using HmacFileServer.Slots.Issuing;
using HmacFileServer.Storage;

namespace HmacFileServer.Commands;

/// <summary>
/// <c>sign</c>: a PUT URL and a GET URL as an XMPP server would hand them out, to try things with curl.
/// </summary>
internal static class SignCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name")
        {
            Description = "The file's name, or a whole key such as random/name.",
        };
        var size = new Option<long>("--size", "-s") { Description = "The exact number of bytes.", Required = true };
        var type = new Option<string>("--type", "-t")
        {
            Description = "The Content-Type that the PUT will carry.",
            DefaultValueFactory = _ => ContentTypeReadings.Default,
        };
        var scheme = new Option<string>("--scheme")
        {
            Description = $"One of {string.Join(", ", SecuritySettings.SchemeNames)}.",
            DefaultValueFactory = _ => "v2",
        };
        scheme.AcceptOnlyFromAmong([.. SecuritySettings.SchemeNames]);

        var command = new Command("sign", "Print a signed PUT URL and the GET URL for a file.")
        {
            name, size, type, scheme,
        };
        command.SetAction(parsed =>
        {
            if (!SettingsSource.Find(parsed.GetValue(CommandLine.Config)).TryLoad(out var settings))
            {
                return ExitCode.Config;
            }

            return Run(
                settings,
                parsed.GetValue(name)!,
                new SignRequest(parsed.GetValue(scheme)!, parsed.GetValue(size), parsed.GetValue(type)!),
                TimeProvider.System);
        });
        return command;
    }

    private static int Run(ServerSettings settings, string name, SignRequest request, TimeProvider time)
    {
        if (!TryKey(name, out var key) || request.Size < 0)
        {
            Console.Error.WriteLine("This is not a name and a size a file can have.");
            return ExitCode.Usage;
        }

        if (!settings.Security.Schemes.Contains(request.Scheme))
        {
            Console.Error.WriteLine($"This server does not accept {request.Scheme}: security.schemes is "
                + $"{string.Join(", ", settings.Security.Schemes)}.");
            return ExitCode.Usage;
        }

        if (settings.Server.PublicUrl is null
            && settings.Server.ListenAddress.All(address => address.UnixPath is not null))
        {
            Console.Error.WriteLine(
                "The server listens on a unix socket alone, which no URL can name: set server.public_url.");
            return ExitCode.Config;
        }

        var now = time.GetUtcNow();
        if (request.Scheme == "jwt")
        {
            var order = new SlotOrder("", key.Name, request.Size) { ContentType = request.Type };
            var slot = SlotIssuer.Grant(key, order, settings, now);
            Console.WriteLine($"PUT {slot.PutUrl}");
            Console.WriteLine($"Authorization: {slot.Authorization}");
        }
        else
        {
            var query = SlotUrls.SignedQuery(settings, key, request.Scheme, request.Size, request.Type, now);
            Console.WriteLine($"PUT {SlotUrls.Of(settings, key)}?{query}");
            if (request.Scheme is "v2" or "token")
            {
                Console.WriteLine($"Content-Type: {request.Type}"); // signed: the PUT must carry just this
            }
        }

        Console.WriteLine($"GET {SlotUrls.Of(settings, key)}{SlotUrls.DownloadQuery(settings, key, now)}");
        return ExitCode.Ok;
    }

    private static bool TryKey(string name, out BlobKey key) => name.Contains('/', StringComparison.Ordinal)
        ? BlobKey.TryParse(name, out key)
        : SlotIssuer.TryMakeKey(name, out key);

    private sealed record SignRequest(string Scheme, long Size, string Type);
}
