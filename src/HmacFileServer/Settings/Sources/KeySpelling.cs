namespace HmacFileServer.Settings.Sources;

/// <summary>
/// How a key is written does not matter: case, "_" and "-" are dropped, so max_upload_size, MaxUploadSize and
/// maxuploadsize, which hmac-file-server's versions have all used, are one key.
/// </summary>
internal static class KeySpelling
{
    // "max_sise" is half a "max_upload_size", and meant it; "foo" is no "cors".
    private const double Tolerance = 0.6;
    private const int TellingStart = 4;

    public static string Normalise(string key) =>
        key.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>The known key that <paramref name="unknown"/> was probably meant to be, or null.</summary>
    public static string? Nearest(string unknown, IEnumerable<string> known)
    {
        var wanted = Normalise(unknown);
        var best = known
            .Select(key => (Key: key, Distance: EditDistance(wanted, Normalise(key))))
            .OrderBy(candidate => candidate.Distance)
            .FirstOrDefault((Key: "", Distance: int.MaxValue));

        var close = best.Distance <= Math.Max(wanted.Length, best.Key.Length) * Tolerance;
        return close ? best.Key : known.FirstOrDefault(key => SharedStart(wanted, Normalise(key)) >= TellingStart);
    }

    private static int SharedStart(string a, string b) => a.AsSpan().CommonPrefixLength(b);

    /// <summary>Levenshtein's distance; keys are a few dozen characters, so the plain table will do.</summary>
    private static int EditDistance(string a, string b)
    {
        if (a.Length > 64 || b.Length > 64)
        {
            return int.MaxValue;
        }

        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
