using HmacFileServer.Settings.Legacy.Keys;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Legacy;

/// <summary>Keys that mean something only together, and what the old server did without a key.</summary>
internal sealed partial class JointKeys(IReadOnlyList<OldEntry> entries, TranslatedTree tree)
{
    public void Translate(string program, bool withDefaults)
    {
        Listening(withDefaults && program != "prosody-filer");
        Retention();
        Extensions();
        Tokens();
        Quotas();
        Metrics();
        PrivatePaths();
        if (!withDefaults)
        {
            return;
        }

        var start = TomlPosition.Start;
        tree.Set("server.max_upload_size", new TomlString(OldValues.NoLimit, start), start);
        if (program != "prosody-filer")
        {
            tree.Set("server.storage_path", new TomlString("./uploads", start), start);
            var prefixes = new TomlArray(start);
            prefixes.Add(new TomlString("/download/", start));
            tree.Set("downloads.also_below", prefixes, start);
        }
    }

    /// <summary>
    /// Files were deleted only where two keys said so in the very spelling that was read, one of which no template got
    /// right. So nothing is deleted before the operator has seen what would be.
    /// </summary>
    private void Retention()
    {
        var (age, enabled) = (Exact("filettl"), Exact("filettlenabled"));
        var deleted = OldValues.IsTrue(enabled?.Value);
        if (enabled is not null)
        {
            var sentence = deleted
                ? "deleting by age is retention.max_age here"
                : "nothing was deleted, nor is it here";
            tree.Note(enabled, Fate.Changed, null, sentence);
        }

        if (age is null)
        {
            return;
        }

        var text = OldValues.Text(age.Value) ?? "";
        if (!deleted || (!OldValues.TryTimeToLive(text, out _) && !OldValues.HasVariable(text)))
        {
            tree.Note(age, Fate.Obsolete, null, deleted
                ? "is not an age; to delete by age, set [retention] max_age"
                : "deleted nothing, for filettlenabled, in this spelling, was not true; to delete by age, "
                    + "set [retention] max_age");
            return;
        }

        var wait = !OldValues.IsTrue(tree.Find("retention.confirmed")) && !tree.Has("retention.cleanup_dry_run");
        tree.Set(age, "retention.max_age", OldValues.TimeToLive(age.Value), wait
            ? "older files are not deleted yet: the log tells which would be. To begin, add [retention] with "
                + "confirmed = true"
            : "older files are deleted");
        if (wait)
        {
            tree.Set("retention.cleanup_dry_run", new TomlBoolean(true, age.Value.Position), age.Entry.KeyPosition);
        }
    }

    private void Extensions()
    {
        var (everywhere, uploads) = (Exact("global_extensions"), Exact("allowed_extensions"));
        if (everywhere is not null)
        {
            var extensions = OldValues.Extensions(everywhere.Value);
            tree.Set(everywhere, "uploads.allowed_extensions", extensions, "uploads.allowed_extensions here");
        }

        if (uploads is not null)
        {
            tree.Set(uploads, "uploads.allowed_extensions", OldValues.Extensions(uploads.Value));
        }
    }

    private void Tokens()
    {
        var (enabled, secret) = (Find("enablejwt"), Find("jwtsecret"));
        var on = OldValues.IsTrue(enabled?.Value);
        if (enabled is not null)
        {
            tree.Note(enabled, Fate.Changed, null, on
                ? "tokens and signed URLs are both taken; see security.schemes"
                : "without a secret of their own tokens use security.secret");
        }

        if (secret is not null && on)
        {
            tree.Set(secret, "security.jwt_secret", secret.Value, "jwt_secret here");
        }
        else if (secret is not null)
        {
            tree.Note(secret, Fate.Obsolete, null, "was not used, for enablejwt is not true");
        }
    }

    private void Quotas()
    {
        var on = OldValues.IsTrue(Find("enabled", "quotas")?.Value);
        if (Find("enabled", "quotas") is { } enabled)
        {
            tree.Note(enabled, Fate.Changed, null, on
                ? "a quota that is set is in force here"
                : "the quotas below have no effect");
        }

        foreach (var (spelling, to) in new[] { ("default", "quotas.per_owner"), ("custom", "quotas.custom") })
        {
            if (Find(spelling, "quotas") is not { } quota)
            {
                continue;
            }

            if (on)
            {
                tree.Set(quota, to, quota.Value, spelling == "default" ? "per_owner here" : "");
            }
            else
            {
                tree.Note(quota, Fate.Obsolete, null, "had no effect, for quotas.enabled is not true");
            }
        }
    }

    /// <summary>The old server gave its metrics to every address of the machine, whatever bind_ip said.</summary>
    private void Metrics()
    {
        const string To = "metrics.listen_address";
        var (enabled, port) = (Exact("metricsenabled"), Exact("metricsport"));
        var on = OldValues.IsTrue(enabled?.Value);
        if (enabled is not null && !on)
        {
            tree.Set(enabled, To, OldValues.New("", enabled.Value), "there are none here either");
        }
        else if (enabled is not null)
        {
            tree.Note(enabled, Fate.Changed, To, "the metrics have other names here");
        }

        if (port is not null && on)
        {
            var address = (OldValues.Text(port.Value) ?? "").TrimStart(':');
            tree.Set(port, To, OldValues.New(address, port.Value), "for every address of this machine, as before");
        }
        else if (port is not null)
        {
            tree.Note(port, Fate.Obsolete, null, "was not used, for metricsenabled, in this spelling, is not true");
        }
    }

    /// <summary>What the old server wrote below its store, and served to whoever asked, is not served.</summary>
    private void PrivatePaths()
    {
        if (OldValues.Text(tree.Find("server.storage_path")) is not { Length: > 0 } store)
        {
            return;
        }

        var hidden = new TomlArray(TomlPosition.Start);
        foreach (var entry in entries
            .Where(entry => OldKeys.PrivatePaths.Contains((entry.Old!.Table, entry.Old.Spelling))))
        {
            var path = OldValues.Text(entry.Value) is { Length: > 0 } text ? Path.GetRelativePath(store, text) : ".";
            if (path != "." && !Path.IsPathRooted(path) && !path.StartsWith("..", StringComparison.Ordinal))
            {
                hidden.Add(new TomlString(path, entry.Value.Position));
            }
        }

        if (hidden.Items.Count > 0)
        {
            tree.Set("downloads.hidden", hidden, hidden.Items[0].Position);
        }
    }

    private OldEntry? Exact(string spelling) =>
        entries.FirstOrDefault(entry => entry.IsExact && entry.Old!.Spelling == spelling && entry.Old.Joint);

    private OldEntry? Find(string spelling, string? table = null) => entries
        .Where(entry => entry.Old!.Joint && (table is null || entry.Old.Table == table)
            && KeySpelling.Normalise(entry.Old.Spelling) == KeySpelling.Normalise(spelling))
        .OrderByDescending(entry => entry.IsExact)
        .FirstOrDefault();
}
