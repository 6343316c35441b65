namespace HmacFileServer.Settings.Sources;

/// <summary>
/// One thing wrong with the settings: where it stands, the key's full name, and a sentence for the operator.
/// </summary>
/// <param name="Origin">"config.toml:14", "HFS_SERVER__BASE_PATH", or the file alone when the key is missing.</param>
internal sealed record SettingProblem(string Origin, string Key, string Sentence)
{
    public override string ToString() => $"{Origin}  {(Key.Length == 0 ? "" : Key + "  ")}{Sentence}";
}

/// <summary>The settings can't be used. Every problem at once, so that one edit mends them all.</summary>
internal sealed class SettingsException(IReadOnlyList<SettingProblem> problems)
    : Exception(string.Join('\n', problems))
{
    public IReadOnlyList<SettingProblem> Problems { get; } = problems;
}
