using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace HmacFileServer.Interop.Support;

/// <summary>What a chat server would issue, at will. On purpose not the product's signer.</summary>
internal static class SignedUrls
{
    public const string Secret = "interop-secret-of-32-characters!";

    /// <summary>Prosody's v1 and ejabberd's signature: path, a space, the size.</summary>
    public static string V1(Uri uploads, string path, long size) =>
        $"{uploads}{path}?v={Convert.ToHexStringLower(Mac($"{path} {size}"))}";

    /// <summary>A URL with a well-formed signature that is of something else.</summary>
    public static string Forged(Uri uploads, string path) =>
        $"{uploads}{path}?v={Convert.ToHexStringLower(Mac("something else"))}";

    /// <summary>The token of Prosody's mod_http_file_share, alive for <paramref name="lifetime"/> from now.</summary>
    public static string FileShareToken(string slot, string name, long size, string type, TimeSpan lifetime)
    {
        var now = TimeProvider.System.GetUtcNow();
        var claims = new JsonObject
        {
            ["sub"] = "alice@share.localhost",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + lifetime).ToUnixTimeSeconds(),
            ["slot"] = slot,
            ["expires"] = now.AddDays(30).ToUnixTimeSeconds(),
            ["filename"] = name,
            ["filesize"] = size,
            ["filetype"] = type,
        };
        var header = """{"alg":"HS256","typ":"JWT"}"""u8;
        var signed = Base64Url(header) + "." + Base64Url(Encoding.UTF8.GetBytes(claims.ToJsonString()));
        return "Bearer " + signed + "." + Base64Url(Mac(signed));
    }

    private static byte[] Mac(string message) =>
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(message));

    private static string Base64Url(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
