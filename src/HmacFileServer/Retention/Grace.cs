using System.Globalization;
using HmacFileServer.Ledger;
using HmacFileServer.Settings;
using HmacFileServer.Storage;

namespace HmacFileServer.Retention;

/// <summary>
/// Keeps a store that was here before us from being swept on the first day: a key of the old configuration, which the
/// old server perhaps never heeded, must not empty it. For 24 hours after we first see rules for deleting, they are
/// only reported. A file's own expiry, which came with its upload, is no such rule.
/// </summary>
internal sealed class Grace(ILedger ledger, DiskBlobStore store)
{
    private const string OriginNote = "store-at-first-start";
    private const string SinceNote = "rules-first-seen";
    private const string Empty = "empty";

    public static readonly TimeSpan Length = TimeSpan.FromHours(24);

    private volatile string? origin;
    private volatile string? since;

    /// <summary>At each start. Only the very first one can tell whether files were here before.</summary>
    public async Task OpenAsync()
    {
        try
        {
            since = ledger.Note(SinceNote);
            origin = ledger.Note(OriginNote);
            if (origin is null)
            {
                var found = store.IsEmpty ? Empty : "stocked";
                await ledger.NoteAsync(OriginNote, found);
                origin = found;
            }
        }
        catch (LedgerException)
        {
            // It was reported when it was opened. While nothing is known, no rule is in force.
        }
    }

    /// <summary>
    /// Old files are about to be taken over: rules already in force only tell again, for 24 hours from the next sweep.
    /// </summary>
    public static async Task RenewAsync(ILedger ledger)
    {
        await ledger.NoteAsync(SinceNote, null);
        await ledger.NoteAsync(OriginNote, "stocked");
    }

    /// <summary>At each sweep: the first that has rules begins the grace.</summary>
    public async Task BeginAsync(RetentionSettings rules, DateTimeOffset now)
    {
        since = ledger.Note(SinceNote); // another process may have renewed it
        origin = ledger.Note(OriginNote);
        if (rules.HasRules && since is null)
        {
            var text = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            await ledger.NoteAsync(SinceNote, text);
            since = text;
        }
    }

    /// <returns>When the rules begin to delete; null when they don't.</returns>
    public DateTimeOffset? EndsAt(RetentionSettings rules)
    {
        if (rules.CleanupDryRun)
        {
            return null;
        }

        if (rules.Confirmed || origin == Empty)
        {
            return DateTimeOffset.MinValue;
        }

        return since is null
            ? null
            : DateTimeOffset.FromUnixTimeSeconds(long.Parse(since, CultureInfo.InvariantCulture)) + Length;
    }

    /// <summary>Whether files go by the rules now: for readers and on disk alike.</summary>
    public bool IsOver(RetentionSettings rules, DateTimeOffset now) => EndsAt(rules) is { } end && now >= end;

    /// <summary>
    /// When a file ends, or has ended, for readers: by its own expiry or by its age. Judged by what the file itself
    /// says, so that no look-up is needed, and no ledger.
    /// </summary>
    public DateTimeOffset? EndOf(Blob blob, RetentionSettings rules, DateTimeOffset now)
    {
        var own = blob.Metadata.Expires;
        if (rules.AgeOf(blob.Length) is not { } age || !IsOver(rules, now))
        {
            return own;
        }

        var byAge = blob.LastModified + age;
        return own < byAge ? own : byAge;
    }
}
