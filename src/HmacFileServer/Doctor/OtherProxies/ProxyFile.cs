using System.Globalization;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.OtherProxies;

/// <summary>A line of a proxy's configuration, in words; comments and empty lines are gone.</summary>
internal sealed record ProxyLine(Place Place, string Text, string[] Words)
{
    public string Word(int index) => index < Words.Length ? Words[index] : "";

    public bool Begins(params ReadOnlySpan<string> words)
    {
        for (var index = 0; index < words.Length; index++)
        {
            if (!Word(index).Equals(words[index], StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>This line in other words.</summary>
    public Edit Become(string text) => new(Place, EditKind.Replace, Indentation + text);

    /// <summary>One more line below this one.</summary>
    public Edit Follow(string text) => new(Place, EditKind.AddBelow, Indentation + text);

    private string Indentation => Text[..(Text.Length - Text.TrimStart().Length)];
}

/// <summary>
/// A configuration of Caddy, HAProxy or Apache, read line by line: what limits bodies, stores them first or cuts them
/// off is one line in each of them. Unlike with nginx, includes and inheritance are not followed.
/// </summary>
internal static class ProxyFile
{
    /// <returns>No limits where it can't be read.</returns>
    public static (Section Section, ProxyLimits? Limits) Examine(
        string name,
        string path,
        Func<IReadOnlyList<ProxyLine>, IEnumerable<Finding>> rules,
        Func<IReadOnlyList<ProxyLine>, IReadOnlyList<Finding>, ProxyLimits> limits)
    {
        var title = $"Proxy: {name}";
        var section = name.ToLowerInvariant();
        if (BoundedFile.TryRead(path, out var problem) is not { } text)
        {
            return (Unreadable(section, title, path, problem), null);
        }

        if (text.Contains('\0', StringComparison.Ordinal))
        {
            return (Unreadable(section, title, path, "this is not text"), null);
        }

        IReadOnlyList<ProxyLine> lines = [.. Lines(path, text)];
        var findings = rules(lines).ToArray();
        var examined = new Section(section, title)
        {
            Intro = $"{path} (one file, line by line: includes are not followed)",
            Findings = findings.Length > 0
                ? findings
                : [Finding.Good(Link.Proxy, "No line of it limits, stores or cuts off uploads")],
        };
        return (examined, limits(lines, findings));
    }

    /// <summary>
    /// "30s", "1m", "500ms", "30" in the unit that the proxy takes for granted; null for what is no time.
    /// </summary>
    public static TimeSpan? Time(string text, double bareSeconds)
    {
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9') is var end && end < 0 ? text.Length : end;
        if (!long.TryParse(text.AsSpan(0, digits), CultureInfo.InvariantCulture, out var count))
        {
            return null;
        }

        double? unit = text[digits..] switch
        {
            "" => bareSeconds,
            "us" => 1e-6,
            "ms" => 0.001,
            "s" => 1,
            "m" or "min" => 60,
            "h" => 3600,
            "d" => 86400,
            _ => null,
        };
        return unit is { } seconds ? UploadCase.Seconds(count * seconds) : null;
    }

    private static IEnumerable<ProxyLine> Lines(string path, string text)
    {
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0 && words[0][0] != '#')
            {
                yield return new ProxyLine(new Place(path, number), line.TrimEnd('\r'), words);
            }
        }
    }

    private static Section Unreadable(string name, string title, string path, string why) => new(name, title)
    {
        Findings =
        [
            new Finding(
                Severity.Failure, "proxy-unreadable", Link.Proxy,
                $"This is no configuration: {why}") { Place = new Place(path, 0) },
        ],
    };
}
