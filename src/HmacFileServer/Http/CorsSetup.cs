using HmacFileServer.Settings;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace HmacFileServer.Http;

/// <summary>
/// Which web pages may use us, from the settings in force. On every answer, refusals included, or a browser shows
/// status 0 in place of the reason. Never with credentials: there are none, and "*" with them is refused by browsers.
/// </summary>
internal sealed class CorsSetup(LiveSettings settings) : ICorsPolicyProvider
{
    private const int MostEchoed = 2048;

    // What Converse.js and players in a page need.
    private static readonly string[] Methods = ["OPTIONS", "HEAD", "GET", "PUT"];
    private static readonly string[] UsualHeaders =
        ["Authorization", "Content-Type", "Expires", "Range", "If-Range", "Content-Range", "X-Requested-With"];
    private static readonly string[] Exposed =
        ["Content-Length", "Content-Range", "Accept-Ranges", "ETag", "Content-Disposition", "Location", "Retry-After",
        Refusal.CodeHeader, RequestId.Header];
    private static readonly string ExposedList = string.Join(", ", Exposed);

    /// <summary>
    /// The framework's middleware for who sends Origin; nobody else would get anything of it. Not by UseCors, which calls
    /// it by reflection, interpreted as we compile no code at run time: 7 % of a small download.
    /// </summary>
    public static RequestDelegate Before(RequestDelegate next, IServiceProvider services)
    {
        var setup = services.GetRequiredService<CorsSetup>();
        var cors = new CorsMiddleware(
            next, services.GetRequiredService<ICorsService>(), services.GetRequiredService<ILoggerFactory>());
        return http =>
        {
            if (http.Request.Headers.Origin.Count > 0)
            {
                http.Response.OnStarting(() => setup.CompleteAsync(http.Response.Headers)); // runs after the framework's own
                return cors.Invoke(http, setup);
            }

            setup.Tell(http);
            return next(http);
        };
    }

    /// <summary>
    /// Who sends no Origin is told, too: our files are cached for ever, and a browser that loaded one as a plain image
    /// would hand that answer to a script, and refuse it for want of the header. Again after an exception, which takes
    /// back all headers set before.
    /// </summary>
    public void Tell(HttpContext http)
    {
        var cors = settings.Current.Cors;
        if (!cors.Enabled || http.Request.Headers.Origin.Count > 0)
        {
            return;
        }

        if (cors.AllowOrigins is ["*"])
        {
            http.Response.Headers.AccessControlAllowOrigin = "*";
            http.Response.Headers.AccessControlExposeHeaders = ExposedList;
        }
        else
        {
            VaryByOrigin(http.Response.Headers);
        }
    }

    /// <summary>
    /// Where origins are named, the answer to one is not for another, whether or not it is allowed, and caches have to
    /// know (Fetch Standard, "CORS protocol and HTTP caches"). The framework says so to the allowed ones of several.
    /// </summary>
    private Task CompleteAsync(IHeaderDictionary headers)
    {
        var cors = settings.Current.Cors;
        if (cors.Enabled && cors.AllowOrigins is not ["*"])
        {
            VaryByOrigin(headers);
        }

        return Task.CompletedTask;
    }

    private static void VaryByOrigin(IHeaderDictionary headers)
    {
        if (!headers.Vary.Contains(HeaderNames.Origin))
        {
            headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        }
    }

    /// <summary>
    /// What a page wants to send, it may: none of it is a credential, and we read only what we know. To who names none,
    /// the usual ones.
    /// </summary>
    private static string[] AllowedHeaders(StringValues asked)
    {
        if (asked.Count == 0)
        {
            return UsualHeaders;
        }

        var echoed = 0;
        return
        [
            .. asked.ToString().Split(',', StringSplitOptions.TrimEntries)
                .Where(name => MediaType.IsToken(name))
                .TakeWhile(name => (echoed += name.Length + 1) <= MostEchoed),
        ];
    }

    /// <summary>What is not echoed is not read either: the framework takes the list apart, name by name.</summary>
    private static void Shorten(IHeaderDictionary headers)
    {
        var asked = headers.AccessControlRequestHeaders.ToString();
        if (asked.Length > MostEchoed)
        {
            headers.AccessControlRequestHeaders = asked[..(asked.LastIndexOf(',', MostEchoed) is > 0 and var end ? end : 0)];
        }
    }

    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName)
    {
        var cors = settings.Current.Cors;
        if (!cors.Enabled)
        {
            return Task.FromResult<CorsPolicy?>(null);
        }

        Shorten(context.Request.Headers);
        var policy = new CorsPolicyBuilder()
            .WithMethods(Methods)
            .WithHeaders(AllowedHeaders(context.Request.Headers.AccessControlRequestHeaders))
            .WithExposedHeaders(Exposed)
            .SetPreflightMaxAge(cors.MaxAge.Time)
            .WithOrigins([.. cors.AllowOrigins]);
        return Task.FromResult<CorsPolicy?>(policy.Build());
    }
}
