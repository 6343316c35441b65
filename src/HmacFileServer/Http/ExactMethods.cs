using HmacFileServer.Limits;
using Microsoft.Extensions.Primitives;

namespace HmacFileServer.Http;

/// <summary>
/// Methods are case-sensitive (RFC 9110 section 9.1): <c>put</c> is not <c>PUT</c>. The framework's routing, its CORS
/// middleware and <see cref="HttpMethods"/> ignore case, so such a request is refused before it reaches them.
/// </summary>
internal sealed class ExactMethods(RequestLimits limits)
{
    public const string Allow = "GET, HEAD, OPTIONS, PUT";

    private static readonly string[] Known =
        [HttpMethods.Get, HttpMethods.Head, HttpMethods.Put, HttpMethods.Options, HttpMethods.Delete];

    public Task RequireAsync(HttpContext http, RequestDelegate next) =>
        IsMisspelled(http.Request.Method) ? limits.GuardAsync(http, RefuseAsync) : next(http);

    public static Task RefuseAsync(HttpContext http)
    {
        http.Response.Headers.Allow = new StringValues(Allow);
        return Refusal.MethodNotAllowed.ExecuteAsync(http);
    }

    private static bool IsMisspelled(string method) =>
        !Known.Contains(method, StringComparer.Ordinal) && Known.Contains(method, StringComparer.OrdinalIgnoreCase);
}
