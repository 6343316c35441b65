using HmacFileServer.Http;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Slots;
using HmacFileServer.Slots.Diagnosis;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace HmacFileServer.Tests.Support;

/// <summary>What the verifier says of a request head, without a server around it.</summary>
internal static class Judgement
{
    public static ServerSettings Rules(string secret = SignedUrls.Secret, string basePath = "/upload/") => new()
    {
        Server = new HostSettings { BasePath = basePath },
        Security = new SecuritySettings { Secrets = [new Secret(secret)], JwtSecrets = [new Secret(secret)] },
    };

    /// <returns>Null when the request may store its file.</returns>
    public static Refusal? Of(
        ServerSettings rules,
        string target,
        long? length,
        string? type = null,
        string? authorization = null,
        DateTimeOffset? now = null,
        string method = "PUT") =>
        Of(rules, target, length, out _, type, authorization, now, method);

    public static Refusal? Of(
        ServerSettings rules,
        string target,
        long? length,
        out UploadSlot slot,
        string? type = null,
        string? authorization = null,
        DateTimeOffset? now = null,
        string method = "PUT")
    {
        slot = null!;
        var http = new DefaultHttpContext();
        http.Request.Method = method;
        http.Request.ContentLength = length;
        http.Request.Headers.ContentType = type;
        http.Request.Headers.Authorization = authorization;
        var clock = new ManualClock(now ?? DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        return SlotRequest.Read(http.Request, target, rules.Server.BasePath, clock.GetUtcNow(), out var request)
            ?? Verifier.Verify(request, rules, out slot);
    }

    private static readonly SlotVerifier Verifier =
        new(new MismatchDiagnosis(new ManualClock(), NullLogger<MismatchDiagnosis>.Instance));
}
