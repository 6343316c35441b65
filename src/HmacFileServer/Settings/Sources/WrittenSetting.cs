namespace HmacFileServer.Settings.Sources;

/// <summary>A key that somebody has given a value.</summary>
/// <param name="Origin">"config.toml:14" or "HFS_SERVER__BASE_PATH".</param>
internal sealed record WrittenSetting(string Key, string Text, string Origin)
{
    /// <summary>Whether the text must not be shown: it is a key, not the name of a file that holds one.</summary>
    public bool IsSecret =>
        Key.Contains("secret", StringComparison.Ordinal) && !Key.EndsWith("_file", StringComparison.Ordinal);
}
