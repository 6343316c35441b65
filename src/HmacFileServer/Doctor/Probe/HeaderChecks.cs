using HmacFileServer.Doctor.Arrival;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Probe;

/// <summary>Which headers of an upload arrive, and what becomes of a client that asks before it sends.</summary>
internal static class HeaderChecks
{
    public const string Token = "Bearer probe";
    public const string RequestId = "hfs-probe";
    private const int Asked = 4096;

    public static void Arrived(ProbeRun run, ProbeArrival arrival)
    {
        if (arrival.Authorization != Token)
        {
            var jwt = run.Settings.Security.Schemes.Contains("jwt");
            run.Add(jwt ? Severity.Failure : Severity.Note, "probe-authorization", Link.Proxy,
                "The proxy takes the Authorization header away",
                "The token of Prosody's mod_http_file_share travels in it: such uploads are refused with 401 or 403.",
                "nginx: proxy_set_header Authorization $http_authorization;");
        }

        if (arrival.ContentType is { } type && type != ProbeRun.SlotType)
        {
            var isSigned = run.Settings.Security.Schemes.Any(scheme => scheme is "v2" or "token");
            run.Add(isSigned ? Severity.Failure : Severity.Warning, "probe-content-type", Link.Proxy,
                $"The proxy changes the Content-Type of uploads ({(type.Length == 0 ? "to nothing" : $"to {type}")})",
                "?v2= and ?token= sign it: such uploads are refused. Files are served with another type than they "
                    + "have.",
                "Pass the header on as it comes.");
        }

        // An id that the proxy gives in its place does as well.
        if (arrival.RequestId is { Length: 0 })
        {
            run.Add(Severity.Note, "probe-headers", Link.Proxy,
                "The proxy drops headers that it does not know (X-Request-ID)",
                "Uploads work. But what a client or a proxy further out calls a request can't be found again here.");
        }
    }

    /// <summary>Expect: 100-continue: who answers it, and does a refusal still get through?</summary>
    public static async Task AskFirstAsync(ProbeRun run, CancellationToken cancel)
    {
        var (told, stored) = await RawUpload.AskFirstAsync(run.Telling("PUT", "ask"), Asked, cancel);
        var (toldInVain, refused) = await RawUpload.AskFirstAsync(
            $"{run.Url("ask")}?v={new string('0', 64)}", Asked, cancel);
        switch ((told, stored.Status, refused))
        {
            case (false, 0, _):
                run.Add(Severity.Warning, "probe-expect", Link.Proxy,
                    "Who asks before sending (Expect: 100-continue) gets no answer",
                    "Clients of that kind, such as curl, wait a second or more before each upload, or for ever. "
                        + $"({stored.Text})");
                break;
            case (_, not 200, _):
                run.Add(Severity.Warning, "probe-expect", Link.Proxy,
                    $"Who asks before sending (Expect: 100-continue) is answered {stored.Status}, and the same upload "
                        + "without asking is taken",
                    "417 and 5xx: the proxy does not understand the question. Clients of that kind can't upload.");
                break;
            case (_, _, { Status: 401 or 403, IsOurs: true }):
                run.Good(toldInVain
                    ? "Who asks before sending is told to by the proxy itself; a refusal follows, and gets through"
                    : "Who asks before sending (Expect: 100-continue) hears a refusal before the first byte");
                break;
            default:
                run.Add(Severity.Warning, "probe-expect", Link.Proxy,
                    "A refusal for who asks before sending turns into "
                        + $"{(refused.Status == 0 ? refused.Text : refused.Status)}",
                    "It should be this server's 403. The client does not learn the reason.",
                    "Apache: Proxy100Continue Off");
                break;
        }
    }
}
