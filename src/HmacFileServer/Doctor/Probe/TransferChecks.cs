using HmacFileServer.Doctor.Arrival;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Probe;

/// <summary>What becomes of a body on its way: stored first, limited, refused early.</summary>
internal static class TransferChecks
{
    private const int Half = 64 << 10;
    private const long OverOneMegabyte = (1 << 20) + (64 << 10);
    private const long Refused = 64 << 20; // more than the sockets between could hold
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1.5);

    /// <returns>Whether the probe reaches this server at all.</returns>
    public static async Task<bool> ArrivesAsync(ProbeRun run, CancellationToken cancel)
    {
        var body = new ByteArrayContent(new byte[16]);
        body.Headers.TryAddWithoutValidation("Content-Type", ProbeRun.SlotType);
        var answer = await run.Wire.SendAsync(
            HttpMethod.Put, run.Telling("PUT", "arrival"), body, cancel,
            ("Authorization", HeaderChecks.Token), ("X-Request-ID", HeaderChecks.RequestId));
        if (answer.Status != 200 || ProbeArrival.Read(answer.Text) is not { } arrival)
        {
            NotArrived(run, answer);
            return false;
        }

        if (arrival.Path != run.ExpectedPath("arrival"))
        {
            run.Add(Severity.Failure, "probe-path", Link.Proxy, "The proxy changes the paths that were signed",
                $"{run.Base.AbsolutePath}{run.Key("arrival")} was sent and {arrival.Path} arrived; the server expects "
                + $"{run.ExpectedPath("arrival")}. Every upload is refused (403).",
                "Pass paths on as they come (nginx: proxy_pass without a path), and set base_path to what arrives.");
        }
        else
        {
            run.Good("An upload reaches this server, with its path as it was signed");
        }

        HeaderChecks.Arrived(run, arrival);
        return true;
    }

    public static async Task StoredFirstAsync(ProbeRun run, CancellationToken cancel)
    {
        var answer = await run.Wire.SendAsync(
            HttpMethod.Put, run.Telling("PUT", "pause"), new ProbeBody(2 * Half, Half, Pause, run.Time), cancel);
        if (ProbeArrival.Read(answer.Text) is not { } arrival)
        {
            run.Add(Severity.Warning, "probe-pause", Link.Proxy,
                $"An upload with a pause of {Words.Number(Pause.TotalSeconds)} s fails: "
                + (answer.Status > 0 ? $"{answer.Status}" : answer.Text), "Phones pause, too.");
        }
        else if (arrival.BodyMilliseconds < Pause.TotalMilliseconds / 2)
        {
            run.Add(Severity.Failure, "probe-request-buffering", Link.Proxy,
                "The proxy stores every upload before it passes it on",
                $"The probe paused for {Words.Number(Pause.TotalSeconds)} s in its middle, and the server got it in "
                + $"one piece, within {arrival.BodyMilliseconds} ms. Tokens die meanwhile, refusals come after the "
                + "last byte, Dino gives up after 60 s.",
                "nginx: proxy_request_buffering off;");
        }
        else
        {
            run.Good("The proxy passes uploads on as they come");
        }
    }

    public static async Task LimitsAsync(ProbeRun run, CancellationToken cancel)
    {
        var small = await run.Wire.SendAsync(
            HttpMethod.Put, run.Telling("PUT", "megabyte"),
            new ProbeBody(OverOneMegabyte, OverOneMegabyte, TimeSpan.Zero, run.Time), cancel);
        if (small.Status == 200)
        {
            run.Good("More than 1 MB passes");
        }
        else
        {
            run.Add(Severity.Failure, "probe-body-limit", Link.Proxy,
                $"{Words.Size(OverOneMegabyte)} don't pass: {Said(small)}",
                "Every larger upload fails the same way, and the server does not hear of it.",
                "nginx: client_max_body_size 0;");
        }

        // Only the head and a little more: who refuses must do so before the rest.
        var over = run.Settings.Server.MaxUploadSize.Bytes + 1;
        var (url, headers) = run.Slot(run.FileName, over);
        var large = await RawUpload.SendAsync(url, over, Half, headers, cancel);
        if (large is { Status: 413, IsOurs: true })
        {
            run.Good($"An upload over max_upload_size ({Words.Size(over)}) is refused by this server, at once and with "
                + "its reason");
        }
        else
        {
            run.Add(Severity.Warning, "probe-over-limit", Link.Proxy,
                $"An upload over max_upload_size meets {Said(large)}",
                "It should be this server's 413, at once. A proxy that stores first says nothing until the last byte; "
                + "one with a limit of its own gives no reason.");
        }
    }

    public static async Task EarlyRefusalAsync(ProbeRun run, CancellationToken cancel)
    {
        var forged = $"{run.Url("forged")}?v={new string('0', 64)}";
        var answer = await RawUpload.SendAsync(forged, Refused, Refused, [], cancel);
        if (answer is { Status: 401 or 403, IsOurs: true })
        {
            run.Good("A refusal in the middle of an upload reaches the client");
        }
        else if (answer.Status == 413 && !answer.IsOurs)
        {
            run.Add(Severity.Failure, "probe-body-limit", Link.Proxy,
                $"{Words.Size(Refused)} don't pass: {Said(answer)}",
                "Every larger upload fails the same way.", "nginx: client_max_body_size 0;");
        }
        else
        {
            run.Add(Severity.Warning, "probe-early-refusal", Link.Proxy, $"A refused upload meets {Said(answer)}",
                "The client should see this server's 403. It sees a broken connection or \"502 Bad Gateway\" in place "
                    + "of the reason.");
        }
    }

    private static void NotArrived(ProbeRun run, ProbeAnswer answer)
    {
        switch (answer)
        {
            case { Status: >= 300 and < 400 }:
                run.Add(Severity.Failure, "probe-redirect", Link.Proxy,
                    $"The proxy redirects uploads ({answer.Status})",
                    "Clients turn a redirected PUT into a GET, and report a file as sent that never was.");
                break;
            case { IsOurs: true }:
                run.Add(Severity.Failure, "probe-refused", Link.Server,
                    $"A server like this one refuses the probe: {answer.Status} {answer.Refusal}",
                    "It runs with another secret or another base_path than this configuration, or is too old to know "
                        + "the probe.",
                    "Restart it with this configuration.");
                break;
            default:
                run.Add(Severity.Failure, "probe-not-arrived", Link.Proxy,
                    $"Uploads don't reach this server: {Said(answer)}",
                    "502 and 504: the proxy can't reach the server. 404 and 405: it does not pass this path on. 401 "
                        + "and 403: it wants a password.");
                break;
        }
    }

    private static string Said(ProbeAnswer answer) => answer.Status switch
    {
        0 => $"no answer ({answer.Text})",
        _ when answer.IsOurs => $"{answer.Status} from this server ({answer.Refusal})",
        _ => $"{answer.Status} from {answer.Who}",
    };
}
