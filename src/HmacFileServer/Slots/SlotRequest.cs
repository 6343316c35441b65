using System.Net;
using System.Text;
using HmacFileServer.Http;
using HmacFileServer.Http.Listening;
using HmacFileServer.Status;
using HmacFileServer.Storage;

namespace HmacFileServer.Slots;

/// <summary>What a request asks for, read once from the wire. Nothing in it is believed yet.</summary>
internal sealed class SlotRequest
{
    private SlotRequest()
    {
    }

    public required string Method { get; init; }

    public required BlobKey Key { get; init; }

    public required RequestTarget Target { get; init; }

    /// <summary>Content-Length; null for a chunked body, and for HTTP/2 without it.</summary>
    public long? Length { get; init; }

    /// <summary>The Content-Type header verbatim; null when absent or empty, which many clients send.</summary>
    public string? ContentType { get; init; }

    /// <summary>The types that the issuer may have signed, see <see cref="ContentTypeReadings"/>.</summary>
    public string[] TypeReadings => field ??= ContentTypeReadings.Of(ContentType, Key.Extension);

    /// <summary>What follows "Bearer"; other kinds of authorization belong to a proxy, not to us.</summary>
    public string? BearerToken { get; init; }

    /// <summary>The token of a slot that is nothing but a path; see <see cref="TokenPath"/>.</summary>
    public string? PathToken { get; init; }

    /// <summary>The client's; null on a unix socket.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>When the head of the request arrived: expiry is judged by this instant and never again.</summary>
    public DateTimeOffset ArrivedAt { get; init; }

    public static Refusal? Read(
        HttpRequest http, string rawTarget, string basePath, DateTimeOffset arrivedAt, out SlotRequest request)
    {
        request = null!;
        if (!RequestTarget.TryParse(http.HttpContext, rawTarget, out var target) || target.HasTooManyParameters)
        {
            return Refusal.BadRequest;
        }

        var prefix = Encoding.UTF8.GetBytes(basePath);
        if (!target.Path.AsSpan().StartsWith(prefix))
        {
            return Refusal.OutsideBasePath;
        }

        var path = target.Path.AsSpan(prefix.Length);
        var pathToken = http.Method == HttpMethods.Put ? TokenPath.Take(ref path) : null;

        if (!BlobKey.TryParse(path, out var key) || HealthEndpoint.Hides(target.Path))
        {
            return Refusal.BadPath;
        }

        var contentType = HeaderText.AsUtf8(http.Headers.ContentType.ToString());
        if (contentType.Length > MediaType.MaxLength)
        {
            return Refusal.BadRequest;
        }

        request = new SlotRequest
        {
            Method = http.Method,
            Key = key,
            Target = target,
            Length = http.ContentLength,
            ContentType = contentType.Length == 0 ? null : contentType,
            BearerToken = Bearer(http.Headers.Authorization.ToString()),
            PathToken = pathToken,
            Address = http.HttpContext.Connection.RemoteIpAddress,
            ArrivedAt = arrivedAt,
        };
        return null;
    }

    private static string? Bearer(string authorization)
    {
        const string Scheme = "Bearer ";
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? authorization[Scheme.Length..].Trim()
            : null;
    }
}
