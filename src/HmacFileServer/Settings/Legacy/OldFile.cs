using HmacFileServer.Settings.Binding;
using HmacFileServer.Settings.Legacy.Keys;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Legacy;

/// <summary>
/// The configuration of an old server, read as the settings it meant: the tree is ours, the notes say what became of
/// each key. Lines stay those of the operator's file, so that a mistake is reported where it stands.
/// </summary>
internal sealed class OldFile
{
    private OldFile(string program, TomlTable content, IReadOnlyList<OldKeyNote> notes)
    {
        Program = program;
        Content = content;
        Notes = notes;
    }

    /// <summary>Which server's file this is.</summary>
    public string Program { get; }

    public TomlTable Content { get; }

    /// <summary>One a key, in the order of the file.</summary>
    public IReadOnlyList<OldKeyNote> Notes { get; }

    /// <returns>Null when nothing in the file tells that it is not ours.</returns>
    public static OldFile? Read(TomlTable content)
    {
        var entries = OldEntry.Of(content);
        if (Recognise(entries) is not { } program)
        {
            return null;
        }

        var known = OwnKeys();
        var isOurs = entries.Any(
            entry => entry.Old is null && entry.Table != "retention" && known.Contains(entry.Name));
        var tree = new TranslatedTree();
        var own = entries.Where(entry => entry.Old is null || (entry.IsWildcard && known.Contains(entry.Name)))
            .ToArray();
        foreach (var entry in own)
        {
            if (isOurs || known.Contains(entry.Name))
            {
                tree.Keep(entry); // what is unknown here is an error: the file was written for us
            }
            else
            {
                tree.Note(entry, Fate.Unknown, null,
                    SettingSources.Unknown(entry.Key, OldKeys.All.Select(key => key.Spelling)));
            }
        }

        var old = entries.Except(own).ToArray();
        foreach (var entry in old.OrderByDescending(entry => entry.IsExact)) // stable: then in the order of the file
        {
            Translate(entry, tree);
        }

        new JointKeys(old, tree).Translate(program, withDefaults: !isOurs);
        return new OldFile(program, tree.Content, tree.Notes);
    }

    private static void Translate(OldEntry entry, TranslatedTree tree)
    {
        var old = entry.Old!;
        if (old.Fate == Fate.Obsolete || (old.Exact && !entry.IsExact))
        {
            var sentence = old.Fate == Fate.Obsolete
                ? old.Sentence
                : $"the old server read {old.Spelling} only, so this did nothing; {Instead(old)}";
            tree.Note(entry, Fate.Obsolete, null, sentence);
        }
        else if (old.To is null)
        {
            tree.Note(entry, old.Fate, null, old.Sentence);
        }
        else if (!old.Joint)
        {
            tree.Set(entry, old.To, old.Convert(entry.Value));
        }
    }

    private static string Instead(OldKey old) => old.To is "retention.max_age"
        ? "to delete by age, set [retention] max_age"
        : $"write {old.To} in a file of our own, or {old.Spelling} in this one";

    private static string? Recognise(IReadOnlyList<OldEntry> entries)
    {
        if (entries.Any(entry => entry.Table.Length == 0 && entry.Old is { Spelling: "listenPort" or "storeDir" }))
        {
            return "prosody-filer";
        }

        // A row for whatever stands in a table tells nothing: [metrics] may be ours, and a slip in it too.
        var known = OwnKeys();
        var telling = entries.Any(entry =>
            entry.Old is { Table.Length: > 0 } && !entry.IsWildcard && !known.Contains(entry.Name));
        return telling ? "hmac-file-server" : null;
    }

    private static HashSet<string> OwnKeys() => SettingsBinder.KnownKeys()
        .Select(name => string.Join('.', name.Split('.').Select(KeySpelling.Normalise)))
        .ToHashSet(StringComparer.Ordinal);
}
