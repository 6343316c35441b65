using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Ledger;

/// <summary>Requests of a user whom the server knows by name.</summary>
internal static class LedgerRequests
{
    public static string Jwt(
        this TestServer server,
        string slot,
        string name,
        long size,
        TimeProvider clock,
        string owner = "alice@example.org",
        DateTimeOffset? expires = null)
    {
        _ = server;
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object>
        {
            ["sub"] = owner,
            ["slot"] = slot,
            ["filename"] = name,
            ["filesize"] = size,
            ["filetype"] = "image/jpeg",
            ["iat"] = now,
            ["exp"] = now + 300,
        };
        if (expires is { } end)
        {
            claims["expires"] = end.ToUnixTimeSeconds();
        }

        return SignedUrls.Jwt(claims);
    }

    /// <summary>Uploads that many bytes of one owner's.</summary>
    /// <returns>The code of the refusal, or "201".</returns>
    public static async Task<string> UploadAsync(
        this TestServer server, string slot, int size, TimeProvider clock, string owner = "alice@example.org",
        DateTimeOffset? expires = null)
    {
        var token = server.Jwt(slot, "f", size, clock, owner, expires);
        var response = await server.PutAsync($"/{slot}/f", new byte[size], token);
        return response.StatusLine.Contains("201", StringComparison.Ordinal) ? "201" : response["X-Refusal"]!;
    }

    public static async Task<string> StatusOfAsync(this TestServer server, string target) =>
        (await server.GetAsync(target)).StatusLine.Split(' ')[1];
}
