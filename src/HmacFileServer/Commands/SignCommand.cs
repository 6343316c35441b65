using System.Buffers;
using System.Buffers.Text;
using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Settings;
using HmacFileServer.Slots;
using HmacFileServer.Storage;

namespace HmacFileServer.Commands;

/// <summary>
/// <c>sign</c>: a PUT URL and a GET URL as an XMPP server would hand them out, to try things with curl.
/// </summary>
internal static class SignCommand
{
    private const int RandomBytes = 18; // 144 bits, 24 characters

    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The file's name, or a whole key such as random/name." };
        var size = new Option<long>("--size", "-s") { Description = "The exact number of bytes.", Required = true };
        var type = new Option<string>("--type", "-t")
        {
            Description = "The Content-Type that the PUT will carry.",
            DefaultValueFactory = _ => ContentTypeReadings.Default,
        };
        var scheme = new Option<string>("--scheme") { Description = $"One of {string.Join(", ", SecuritySettings.SchemeNames)}.", DefaultValueFactory = _ => "v2" };
        scheme.AcceptOnlyFromAmong([.. SecuritySettings.SchemeNames]);

        var command = new Command("sign", "Print a signed PUT URL and the GET URL for a file.") { name, size, type, scheme };
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
        var whole = name.Contains('/', StringComparison.Ordinal);
        var random = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        if (!BlobKey.TryParse(whole ? name : $"{random}/{name}", out var key) || request.Size < 0)
        {
            Console.Error.WriteLine("This is not a name and a size a file can have.");
            return ExitCode.Usage;
        }

        if (!settings.Security.Schemes.Contains(request.Scheme))
        {
            Console.Error.WriteLine($"This server does not accept {request.Scheme}: security.schemes is {string.Join(", ", settings.Security.Schemes)}.");
            return ExitCode.Usage;
        }

        if (settings.Server.PublicUrl is null && settings.Server.ListenAddress.All(address => address.UnixPath is not null))
        {
            Console.Error.WriteLine("The server listens on a unix socket alone, which no URL can name: set server.public_url.");
            return ExitCode.Config;
        }

        var url = PublicUrl(settings) + string.Join('/', key.Text.Split('/').Select(Uri.EscapeDataString));
        var now = time.GetUtcNow();
        if (request.Scheme == "jwt")
        {
            Console.WriteLine($"PUT {url}");
            Console.WriteLine($"Authorization: Bearer {Token(settings, key, request, now)}");
        }
        else
        {
            Console.WriteLine($"PUT {url}?{Query(settings, key, request, now)}");
            if (request.Scheme is "v2" or "token")
            {
                Console.WriteLine($"Content-Type: {request.Type}"); // signed: the PUT must carry just this
            }
        }

        var download = settings.Security.RequireSignedDownloads
            ? "?" + V3Query(settings, key, "GET", now + settings.Security.DownloadValidity.Time)
            : "";
        Console.WriteLine($"GET {url}{download}");
        return ExitCode.Ok;
    }

    private static string Query(ServerSettings settings, BlobKey key, SignRequest request, DateTimeOffset now)
    {
        if (request.Scheme == "v3")
        {
            return V3Query(settings, key, "PUT", now + settings.Security.HmacValidity.Time);
        }

        var message = new ArrayBufferWriter<byte>();
        if (request.Scheme == "v")
        {
            UrlMessage.WriteV1(message, key.Text, request.Size);
        }
        else
        {
            UrlMessage.WriteV2(message, key.Text, request.Size, request.Type);
        }

        return $"{request.Scheme}={Mac(settings.Security.Secrets[0], message.WrittenSpan)}";
    }

    private static string V3Query(ServerSettings settings, BlobKey key, string method, DateTimeOffset until)
    {
        var expires = until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var message = new ArrayBufferWriter<byte>();
        UrlMessage.WriteV3(message, method, expires, Encoding.UTF8.GetBytes(settings.Server.BasePath + key.Text));
        return $"v3={Mac(settings.Security.Secrets[0], message.WrittenSpan)}&expires={expires}";
    }

    private static string Token(ServerSettings settings, BlobKey key, SignRequest request, DateTimeOffset now)
    {
        var slash = key.Text.IndexOf('/', StringComparison.Ordinal);
        var claims = new JwtClaims
        {
            Slot = key.Text[..slash],
            FileName = key.Text[(slash + 1)..],
            FileSize = request.Size,
            FileType = request.Type,
            IssuedAt = now.ToUnixTimeSeconds(),
            ExpiresAt = (now + settings.Security.HmacValidity.Time).ToUnixTimeSeconds(),
        };
        return JwtScheme.Sign(claims, settings.Security.JwtSecrets[0]);
    }

    private static string Mac(Secret secret, ReadOnlySpan<byte> message) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(secret.Bytes.Span, message));

    private static string PublicUrl(ServerSettings settings)
    {
        if (settings.Server.PublicUrl is { } told)
        {
            return told.AbsoluteUri; // ToString() is for people: it unescapes
        }

        var listen = settings.Server.ListenAddress.FirstOrDefault(address => address.UnixPath is null);
        var scheme = settings.Server.TlsCertificate is null ? "http" : "https";
        var host = listen?.ToString().Replace("*", "127.0.0.1", StringComparison.Ordinal) ?? "127.0.0.1:8080";
        return $"{scheme}://{host}{string.Join('/', settings.Server.BasePath.Split('/').Select(Uri.EscapeDataString))}";
    }

    private sealed record SignRequest(string Scheme, long Size, string Type);
}
