using System.Text.RegularExpressions;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Nginx;

/// <summary>Where the text of a configuration and of what it includes comes from.</summary>
internal interface INginxFiles
{
    string Main { get; }

    /// <exception cref="NginxException">It can't be read.</exception>
    SourceText Read(string path);

    /// <summary>The files that an include means, in nginx's order.</summary>
    IReadOnlyList<string> Match(string pattern);
}

/// <summary>Files on the disk, includes relative to the folder of nginx.conf (ngx_conf_full_name).</summary>
internal sealed class DiskFiles(string main) : INginxFiles
{
    public string Main { get; } = IsPath(main)
        ? Path.GetFullPath(main)
        : throw new NginxException(new Place(main, 0), "there is no such file");

    public SourceText Read(string path)
    {
        var text = BoundedFile.TryRead(path, out var problem) ?? throw new NginxException(new Place(path, 0), problem);
        return new SourceText(path, text);
    }

    public IReadOnlyList<string> Match(string pattern)
    {
        if (!IsPath(pattern))
        {
            return [];
        }

        var full = Path.GetFullPath(pattern, Path.GetDirectoryName(Main)!);
        if (!pattern.AsSpan().ContainsAny("*?["))
        {
            return [full];
        }

        IEnumerable<string> folders = ["/"];
        var parts = full.Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (var part in parts[..^1])
        {
            folders = folders.SelectMany(folder => Below(
                folder, part, Directory.Exists, Directory.EnumerateDirectories)).ToArray();
        }

        return
        [
            .. folders.SelectMany(folder => Below(folder, parts[^1], File.Exists, Directory.EnumerateFiles))
                .Order(StringComparer.Ordinal),
        ];
    }

    private static bool IsPath(string text) => text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal);

    private static IEnumerable<string> Below(
        string folder, string part, Func<string, bool> exists, Func<string, IEnumerable<string>> all)
    {
        try
        {
            return part.AsSpan().ContainsAny("*?[")
                ? all(folder).Where(path => Glob.Matches(part, Path.GetFileName(path))).ToArray()
                : new[] { Path.Combine(folder, part) }.Where(exists);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

/// <summary>What "nginx -T" prints: every file of the configuration, each after a line with its name.</summary>
internal sealed class DumpFiles : INginxFiles
{
    private const string Head = "# configuration file ";
    private readonly Dictionary<string, SourceText> files = [];

    private DumpFiles(IEnumerable<SourceText> parts)
    {
        foreach (var part in parts)
        {
            Main ??= part.File;
            files.TryAdd(part.File, part);
        }
    }

    public string Main { get; } = null!;

    /// <returns>Null when the text is no such output.</returns>
    public static DumpFiles? Parse(string text)
    {
        var first = text.StartsWith(Head, StringComparison.Ordinal)
            ? 0
            : text.IndexOf("\n" + Head, StringComparison.Ordinal) + 1;
        if (!text.AsSpan(first).StartsWith(Head))
        {
            return null;
        }

        var parts = text[first..].Split("\n" + Head).Select((part, index) =>
        {
            var whole = index == 0 ? part[Head.Length..] : part;
            var end = whole.IndexOf('\n', StringComparison.Ordinal);
            var name = (end < 0 ? whole : whole[..end]).Trim().TrimEnd(':');
            return new SourceText(name, end < 0 ? "" : whole[(end + 1)..]);
        });
        return new DumpFiles(parts);
    }

    public SourceText Read(string path) =>
        files.TryGetValue(path, out var file)
            ? file
            : throw new NginxException(new Place(path, 0), "nginx -T did not print this file");

    public IReadOnlyList<string> Match(string pattern)
    {
        var full = Path.GetFullPath(pattern, Path.GetDirectoryName(Main) ?? "/");
        return pattern.AsSpan().ContainsAny("*?[")
            ? [.. files.Keys.Where(file => Glob.Matches(full, file)).Order(StringComparer.Ordinal)]
            : [full];
    }
}

/// <summary>glob(3), without its classes of characters by name.</summary>
internal static class Glob
{
    public static bool Matches(string pattern, string name)
    {
        if (name.StartsWith('.') && !pattern.StartsWith('.'))
        {
            return false;
        }

        var expression = Regex.Escape(pattern).Replace("\\*", "[^/]*", StringComparison.Ordinal)
            .Replace("\\?", "[^/]", StringComparison.Ordinal).Replace("\\[", "[", StringComparison.Ordinal);
        return Regex.IsMatch(name, $"^{expression}$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }
}
