using System.Collections.Immutable;
using HmacFileServer.Settings;
using HmacFileServer.Slots;
using HmacFileServer.Storage;

namespace HmacFileServer.Downloads;

/// <summary>
/// The store as an old server left it: links with a prefix we don't use, and files that were never meant to be read.
/// </summary>
internal static class FormerPaths
{
    /// <summary>
    /// The key below the base path; where no file has it, the key below a prefix of before that a file has.
    /// </summary>
    /// <returns>Null for what can't be a key.</returns>
    public static SlotRequest? Read(
        HttpRequest http, string target, ServerSettings rules, DiskBlobStore store, DateTimeOffset now)
    {
        var usual = SlotRequest.Read(http, target, rules.Server.BasePath, now, out var request) is null
            ? request
            : null;
        if (rules.Downloads.AlsoBelow.IsEmpty || (usual is not null && store.Holds(usual.Key)))
        {
            return usual;
        }

        foreach (var prefix in rules.Downloads.AlsoBelow)
        {
            if (SlotRequest.Read(http, target, prefix, now, out var former) is null && store.Holds(former.Key))
            {
                return former;
            }
        }

        return usual;
    }

    /// <summary>
    /// SQLite keeps further files beside its own, with a hyphen and a word appended: they are hidden with it.
    /// </summary>
    public static bool IsHidden(BlobKey key, ImmutableArray<string> hidden)
    {
        foreach (var path in hidden)
        {
            if (key.Text.StartsWith(path.TrimEnd('/'), StringComparison.Ordinal)
                && key.Text.AsSpan(path.TrimEnd('/').Length) is [] or ['/' or '-', ..])
            {
                return true;
            }
        }

        return false;
    }
}
