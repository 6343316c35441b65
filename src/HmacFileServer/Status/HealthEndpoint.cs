using System.Text;

namespace HmacFileServer.Status;

/// <summary>
/// For load balancers and containers. <c>GET /health/live</c>: the process answers; whoever starts it again when it
/// does not must ask no more, for a full disk is not mended by that. <c>GET /health/ready</c>, and <c>/health</c> as
/// ever: "ok", or 503 and why nothing can be stored.
/// </summary>
internal sealed class HealthEndpoint(Readiness readiness)
{
    private const string LivePath = "/health/live";

    private static readonly string[] Paths = ["/health", LivePath, "/health/ready"];
    private static readonly byte[][] RawPaths = [.. Paths.Select(Encoding.UTF8.GetBytes)];

    public static bool IsFor(string? path) => Paths.Contains(path, StringComparer.Ordinal);

    /// <summary>What would be stored under such a path could never be read.</summary>
    public static bool Hides(ReadOnlySpan<byte> path)
    {
        foreach (var own in RawPaths)
        {
            if (path.SequenceEqual(own))
            {
                return true;
            }
        }

        return false;
    }

    public IResult Get(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        var problems = http.Request.Path.Value == LivePath ? [] : readiness.Problems();
        return problems.Count == 0
            ? Results.Text("ok\n")
            : Results.Text(string.Join('\n', problems) + "\n", statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
