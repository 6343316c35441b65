using System.Net;
using HmacFileServer.Settings;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Telemetry.Logs;

namespace HmacFileServer.Limits;

/// <summary>
/// Decides which refusals are reported in full: the first of each code to each client within a minute. The others are
/// counted, and each count is one line at the end of that minute, in the log and in the audit log. The table is
/// bounded, so that neither one client nor very many fill the disk with what they are refused.
/// </summary>
internal sealed class RefusalLog(LiveSettings settings, TimeProvider time, AuditLog audit, ILogger<RefusalLog> log)
    : IDisposable
{
    /// <summary>Clients and codes that are told apart within a minute; each is two lines at most.</summary>
    public const int MaxEntries = 256;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock counting = new();
    private Dictionary<Kind, Entry> entries = [];
    private long others;
    private ITimer? end;

    /// <param name="what">The name of the audit event that tells of it in full.</param>
    public bool IsFirst(HttpContext http, string what, string code) =>
        IsFirst(http.Connection.RemoteIpAddress, what, code);

    public bool IsFirst(IPAddress? address, string what, string code)
    {
        var client = address is null ? "unix" : $"{ClientAddress.Of(address, settings.Current.Limits).Bits:x}";
        var actor = new Actor("client", Address: address?.ToString() ?? "unix");
        return IsFirst(new Kind(client, what, code), actor, owner: null);
    }

    /// <param name="owner">The bare address of an XMPP user, of whom no other address is known.</param>
    public bool IsFirst(string owner, string what, string code) =>
        IsFirst(new Kind(owner, what, code), new Actor("client"), owner);

    /// <summary>Reports what was counted.</summary>
    public void Report()
    {
        Dictionary<Kind, Entry> ended;
        long more;
        lock (counting)
        {
            end?.Dispose();
            end = null;
            (ended, entries) = (entries, []);
            (more, others) = (others, 0);
        }

        foreach (var (kind, entry) in ended.Where(one => one.Value.Repeats > 0))
        {
            var client = VisibleText.Excerpt(entry.Owner ?? entry.Actor.Address!);
            log.RefusedAgain(entry.Repeats, kind.What, kind.Code, client);
            audit.Write(new AuditEvent("refused-again", entry.Actor)
            {
                Owner = entry.Owner,
                Code = kind.Code,
                Count = entry.Repeats,
                Detail = kind.What,
            });
        }

        if (more > 0)
        {
            log.RefusedOthers(more, MaxEntries);
            audit.Write(new AuditEvent("refused-again", new Actor("client")) { Count = more });
        }
    }

    public void Dispose() => Report();

    private bool IsFirst(Kind kind, Actor actor, string? owner)
    {
        lock (counting)
        {
            end ??= time.CreateTimer(_ => Report(), null, Minute, Timeout.InfiniteTimeSpan);
            if (entries.TryGetValue(kind, out var entry))
            {
                entry.Repeats++;
                return false;
            }

            if (entries.Count == MaxEntries)
            {
                others++;
                return false;
            }

            entries.Add(kind, new Entry(actor, owner));
            return true;
        }
    }

    private readonly record struct Kind(string Client, string What, string Code);

    private sealed record Entry(Actor Actor, string? Owner)
    {
        public long Repeats { get; set; }
    }
}
