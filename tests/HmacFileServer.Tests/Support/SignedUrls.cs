using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace HmacFileServer.Tests.Support;

/// <summary>
/// What an XMPP server signs, written down once more: were the product's own signer used here, both could be
/// wrong together.
/// </summary>
internal static class SignedUrls
{
    public const string Secret = "correct horse battery staple 0123456789";

    public static string Hex(string message, string secret = Secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(message)));

    public static string V(string key, long size, string secret = Secret) =>
        $"{Path(key)}?v={Hex(string.Create(CultureInfo.InvariantCulture, $"{key} {size}"), secret)}";

    public static string V2(string key, long size, string type, string parameter = "v2", string secret = Secret) =>
        $"{Path(key)}?{parameter}={Hex(string.Create(CultureInfo.InvariantCulture, $"{key}\0{size}\0{type}"), secret)}";

    /// <param name="path">Decoded, with its leading slash and prefix.</param>
    public static string V3(string method, string path, long expires, string secret = Secret) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Path(path[1..])}?v3={Hex($"{method}\n{expires}\n{path}", secret)}&expires={expires}");

    /// <summary>The Authorization header of mod_http_file_share.</summary>
    public static string Jwt(object claims, string secret = Secret, object? header = null)
    {
        var signed = Part(header ?? new { alg = "HS256", typ = "JWT" }) + "." + Part(claims);
        return $"Authorization: Bearer {signed}."
            + Base64Url.EncodeToString(
                HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(signed)));
    }

    /// <summary>The claims of a slot for s1/cat.jpg, 5 bytes, asked for at the start of a manual clock.</summary>
    /// <param name="changes">Claims to add or replace; a null takes one away.</param>
    public static Dictionary<string, object> Claims(params (string Name, object? Value)[] changes)
    {
        var claims = new Dictionary<string, object>
        {
            ["slot"] = "s1",
            ["iat"] = 1_700_000_000,
            ["exp"] = 1_700_000_300,
            ["sub"] = "alice@example.org",
            ["filename"] = "cat.jpg",
            ["filesize"] = 5,
            ["filetype"] = "image/jpeg",
        };
        foreach (var (name, value) in changes)
        {
            claims.Remove(name);
            if (value is not null)
            {
                claims.Add(name, value);
            }
        }

        return claims;
    }

    /// <summary>Percent-encodes what Prosody does, in upper case; the slashes stay.</summary>
    public static string Path(string key) => "/" + string.Join('/', key.Split('/').Select(Uri.EscapeDataString));

    private static string Part(object content) =>
        Base64Url.EncodeToString(
            content is string text ? Encoding.UTF8.GetBytes(text) : JsonSerializer.SerializeToUtf8Bytes(content));
}
