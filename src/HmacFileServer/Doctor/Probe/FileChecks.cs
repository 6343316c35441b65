using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Probe;

/// <summary>
/// A small file, there and back: PUT, HEAD, GET, a range of it, a web page's question, and away with it.
/// </summary>
internal static class FileChecks
{
    private const int Size = 32 << 10;

    public static async Task ExamineAsync(ProbeRun run, CancellationToken cancel)
    {
        var (url, headers) = run.Slot(run.FileName, Size);
        var content = new ByteArrayContent(new byte[Size]);
        content.Headers.TryAddWithoutValidation("Content-Type", ProbeRun.SlotType);
        var put = await run.Wire.SendAsync(HttpMethod.Put, url, content, cancel, headers);
        if (put.Status != 201)
        {
            run.Add(Severity.Failure, "probe-put", put.IsOurs ? Link.Server : Link.Proxy,
                $"A signed upload is answered {put.Status} {put.Refusal}", "So would be every upload of a client.");
            return;
        }

        await DownloadAsync(run, cancel);
        await WebClientAsync(run, cancel);
        var delete = await run.Wire.SendAsync(HttpMethod.Delete, run.Telling("DELETE", run.FileName), cancel: cancel);
        if (delete.Status != 204)
        {
            run.Add(Severity.Note, "probe-left", Link.Proxy,
                $"The probe could not be deleted ({delete.Status}): DELETE does not pass",
                $"{run.Key(run.FileName)} stays in the store, {Words.Size(Size)}.");
        }
    }

    private static async Task DownloadAsync(ProbeRun run, CancellationToken cancel)
    {
        if (run.Settings.Security.RequireSignedDownloads)
        {
            run.Good("A signed upload is stored");
            return;
        }

        var before = run.Findings.Count;
        var head = await run.Wire.SendAsync(HttpMethod.Head, run.Url(run.FileName), cancel: cancel);
        if (head.Message?.Content.Headers.ContentLength != Size)
        {
            run.Add(Severity.Failure, "probe-head", Link.Proxy,
                $"HEAD is answered {head.Status}, without the size of the file",
                "Conversations, Dino, Monal and Siskin ask so before they download; without a size they show no "
                    + "picture.");
        }

        var get = await run.Wire.SendAsync(HttpMethod.Get, run.Url(run.FileName), null, cancel,
            ("Accept-Encoding", "gzip, br"));
        if (get.Message?.Content.Headers.ContentEncoding.Count > 0
            || (get.Status == 200 && get.Message?.Content.Headers.ContentLength != Size))
        {
            run.Add(Severity.Warning, "probe-compression", Link.Proxy, "The proxy compresses downloads",
                "A compressed answer has no Content-Length: Gajim takes at most 1 MB of it, others show nothing.",
                "nginx: gzip off;");
        }
        else if (get.Status != 200)
        {
            run.Add(Severity.Failure, "probe-get", Link.Proxy, $"What was just stored is answered {get.Status}",
                "Nobody can download it.");
        }

        var part = await run.Wire.SendAsync(HttpMethod.Get, run.Url(run.FileName), null, cancel,
            ("Range", "bytes=100-199"));
        if (part.Status != 206 || part.Message?.Content.Headers.ContentRange?.ToString() != $"bytes 100-199/{Size}")
        {
            run.Add(Severity.Warning, "probe-range", Link.Proxy, $"A part of a file can't be had ({part.Status})",
                "Broken downloads begin from the start again, and videos can't be wound forward.");
        }

        if (run.Findings.Count == before)
        {
            run.Good("A signed upload is stored, and comes back whole and in parts");
        }
    }

    private static async Task WebClientAsync(ProbeRun run, CancellationToken cancel)
    {
        if (!run.Settings.Cors.Enabled)
        {
            return;
        }

        var origin = run.Settings.Cors.AllowOrigins[0] == "*"
            ? "https://chat.example.org"
            : run.Settings.Cors.AllowOrigins[0];
        var answer = await run.Wire.SendAsync(
            HttpMethod.Options, run.Url(run.FileName), null, cancel, ("Origin", origin),
            ("Access-Control-Request-Method", "PUT"));
        if (answer.Message?.Headers.Contains("Access-Control-Allow-Origin") == true && answer.Status is 200 or 204)
        {
            run.Good("Web clients may upload (CORS)");
        }
        else
        {
            run.Add(Severity.Warning, "probe-cors", Link.Proxy,
                $"A web client's question is answered {answer.Status} without leave",
                "Converse.js and others in a browser can't upload: OPTIONS must reach the server.");
        }
    }
}
