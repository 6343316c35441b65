using HmacFileServer.Http;
using HmacFileServer.Ledger;
using HmacFileServer.Settings;
using HmacFileServer.Slots.Issuing;
using HmacFileServer.Xmpp.Wire;

namespace HmacFileServer.Telemetry;

/// <content>What every counter says before anything has happened, and the closed sets that its labels come
/// from.</content>
internal sealed partial class ServerMetrics
{
    private static readonly string[] BufferingSigns = ["expired", "token-age", "speed"];

    private static readonly string[] CutSigns = ["silence", "duration"];

    private static readonly string[] Limits =
    [
        "requests_per_minute", "uploads_per_minute", "owner_uploads_per_minute", "connections",
        "connections_per_address", "promised_space", "promised_space_per_client",
        "open_files", "http2_connections", "header_memory",
    ];

    private static readonly string[] Entrances = ["component", "service-url"];

    /// <summary>
    /// Says 0 of what has not happened yet: of a counter that first appears as 1, Prometheus sees no increase, and an
    /// alert would miss the first failure.
    /// </summary>
    public void BeginAtZero(bool isComponent)
    {
        foreach (var scheme in SecuritySettings.SchemeNames)
        {
            var label = new KeyValuePair<string, object?>("scheme", scheme);
            uploads.Add(0, label);
            uploadedBytes.Add(0, label);
            repeats.Add(0, label);
            aborted.Add(0, label);
        }

        foreach (var refusal in Refusal.All)
        {
            refusals.Add(0, new KeyValuePair<string, object?>("code", refusal.Code));
        }

        foreach (var reason in Enum.GetValues<BurialReason>())
        {
            Deleted(reason, 0, 0);
        }

        foreach (var sign in BufferingSigns)
        {
            buffered.Add(0, new KeyValuePair<string, object?>("sign", sign));
        }

        foreach (var sign in CutSigns)
        {
            cutByProxy.Add(0, new KeyValuePair<string, object?>("sign", sign));
        }

        foreach (var limit in Limits)
        {
            limits.Add(0, new KeyValuePair<string, object?>("limit", limit));
        }

        foreach (var entrance in Entrances)
        {
            slots.Add(0, new KeyValuePair<string, object?>("entrance", entrance));
            foreach (var reason in Enum.GetValues<SlotDenialReason>())
            {
                var denied = new KeyValuePair<string, object?>("code", new SlotDenial(reason, "").Code);
                slotsDenied.Add(0, new KeyValuePair<string, object?>("entrance", entrance), denied);
            }
        }

        foreach (var task in Enum.GetValues<BackgroundTask>())
        {
            backgroundErrors.Add(0, Label(task));
        }

        addressless.Add(0);
        downloads.Add(0);
        running.Add(0);
        failedSweeps.Add(0);
        unaudited.Add(0);
        if (isComponent)
        {
            connected.Add(0);
            foreach (var reason in Enum.GetValues<SkipReason>())
            {
                stanzasSkipped.Add(0, new KeyValuePair<string, object?>("reason", Label(reason)));
            }
        }
    }
}
