using HmacFileServer.Settings;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace HmacFileServer.Http;

/// <summary>
/// Which web pages may use us, from the settings in force. On every answer, refusals included, or a browser shows
/// status 0 in place of the reason. Never with credentials: there are none, and "*" with them is refused by browsers.
/// </summary>
internal sealed class CorsSetup(LiveSettings settings) : ICorsPolicyProvider
{
    // What Converse.js and players in a page need.
    private static readonly string[] Methods = ["OPTIONS", "HEAD", "GET", "PUT"];
    private static readonly string[] Headers =
        ["Authorization", "Content-Type", "Expires", "Range", "If-Range", "Content-Range", "X-Requested-With"];
    private static readonly string[] Exposed =
        ["Content-Length", "Content-Range", "Accept-Ranges", "ETag", "Content-Disposition", "Location", "Retry-After",
        Refusal.CodeHeader, RequestId.Header];

    /// <summary>
    /// The framework's middleware for who sends Origin; nobody else would get anything of it. Not by UseCors, which calls
    /// it by reflection, interpreted as we compile no code at run time: 7 % of a small download.
    /// </summary>
    public static RequestDelegate Before(RequestDelegate next, IServiceProvider services)
    {
        var policies = services.GetRequiredService<ICorsPolicyProvider>();
        var cors = new CorsMiddleware(
            next, services.GetRequiredService<ICorsService>(), services.GetRequiredService<ILoggerFactory>());
        return http =>
        {
            if (http.Request.Headers.Origin.Count > 0)
            {
                return cors.Invoke(http, policies);
            }

            // Our files are cached for ever: a browser that loaded one as a plain image would hand that answer to a
            // script, and refuse it for want of the header.
            http.Response.OnStarting(static state => Complete((HttpContext)state), http);
            return next(http);
        };
    }

    private static Task Complete(HttpContext http)
    {
        var cors = http.RequestServices.GetRequiredService<LiveSettings>().Current.Cors;
        if (cors.Enabled && cors.AllowOrigins is ["*"])
        {
            http.Response.Headers.AccessControlAllowOrigin = "*";
            http.Response.Headers.AccessControlExposeHeaders = string.Join(", ", Exposed);
        }
        else if (cors.Enabled)
        {
            http.Response.Headers.Append("Vary", "Origin");
        }

        return Task.CompletedTask;
    }

    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName)
    {
        var cors = settings.Current.Cors;
        if (!cors.Enabled)
        {
            return Task.FromResult<CorsPolicy?>(null);
        }

        var policy = new CorsPolicyBuilder()
            .WithMethods(Methods)
            .WithHeaders(Headers)
            .WithExposedHeaders(Exposed)
            .SetPreflightMaxAge(cors.MaxAge.Time)
            .WithOrigins([.. cors.AllowOrigins]);
        return Task.FromResult<CorsPolicy?>(policy.Build());
    }
}
