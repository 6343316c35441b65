using System.IO.Enumeration;

namespace HmacFileServer.Storage;

/// <summary>
/// Every file below a folder, in an order that stays the same, so that a walk can be taken up again where it was left.
/// Follows no links, and keeps no more than a part of a large folder's names in memory.
/// </summary>
internal static class StoreWalk
{
    /// <summary>
    /// A folder with more entries is read several times, each time for the names with one first letter.
    /// </summary>
    private const int MostAtOnce = 100_000;

    private static readonly EnumerationOptions Everything = new()
    {
        AttributesToSkip = FileAttributes.ReparsePoint,
        RecurseSubdirectories = false,
        IgnoreInaccessible = true,
    };

    /// <param name="root">Where to begin.</param>
    /// <param name="after">The last one seen, relative to the root; empty for none.</param>
    /// <returns>Paths relative to the root. Names at the top that begin with a dot are not ours to look at.</returns>
    public static IEnumerable<string> Files(string root, string after) =>
        Below(root, "", after.Length == 0 ? [] : after.Split('/')).Where(path => path[0] != '.');

    private static IEnumerable<string> Below(string root, string folder, ArraySegment<string> after)
    {
        foreach (var (name, isFolder) in InOrder(Path.Combine(root, folder)))
        {
            var order = after.Count == 0 ? 1 : string.CompareOrdinal(name, after[0]);
            if (order < 0 || (folder.Length == 0 && name[0] == '.'))
            {
                continue;
            }

            var path = folder.Length == 0 ? name : $"{folder}/{name}";
            if (isFolder)
            {
                foreach (var file in Below(root, path, order == 0 ? after[1..] : []))
                {
                    yield return file;
                }
            }
            else if (order > 0)
            {
                yield return path;
            }
        }
    }

    private static IEnumerable<(string Name, bool IsFolder)> InOrder(string folder)
    {
        var initials = new SortedSet<char>();
        var count = 0L;
        foreach (var (name, _) in Entries(folder, null))
        {
            initials.Add(name[0]);
            count++;
        }

        if (count <= MostAtOnce)
        {
            return Entries(folder, null).OrderBy(entry => entry.Name, StringComparer.Ordinal);
        }

        return initials.SelectMany(
            initial => Entries(folder, initial).OrderBy(entry => entry.Name, StringComparer.Ordinal));
    }

    private static FileSystemEnumerable<(string Name, bool IsFolder)> Entries(string folder, char? initial) => new(
        folder, (ref FileSystemEntry entry) => (entry.FileName.ToString(), entry.IsDirectory), Everything)
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => initial is null || entry.FileName[0] == initial,
    };
}
