namespace HmacFileServer.Interop.Support;

/// <summary>A file of deploy/ as operators get it, its names, ports and secrets replaced by a test's.</summary>
internal static class ShippedFile
{
    /// <exception cref="InvalidOperationException">The file no longer says what is to be replaced.</exception>
    public static string Render(string name, params (string Shipped, string Ours)[] replacements)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "deploy", name));
        foreach (var (shipped, ours) in replacements)
        {
            if (!text.Contains(shipped, StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"deploy/{name} does not say: {shipped}");
            }

            text = text.Replace(shipped, ours, StringComparison.Ordinal);
        }

        return text;
    }
}
