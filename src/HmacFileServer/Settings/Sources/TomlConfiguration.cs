using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Sources;

/// <summary>
/// How the settings file becomes a tree. Nothing else in the server knows which reader does it, so a TOML library can
/// take the reader's place here.
/// </summary>
internal static class TomlConfiguration
{
    /// <exception cref="TomlException">Not TOML 1.0, or beyond a limit of <see cref="TomlReader"/>.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static TomlTable Load(string path)
    {
        using var file = File.OpenRead(path);

        // One byte more than the reader takes is enough for it to refuse; a pipe or a device may never end.
        var bytes = new byte[TomlReader.MaxBytes + 1];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);

        return Parse(bytes.AsSpan(0, length));
    }

    /// <exception cref="TomlException">Not TOML 1.0, or beyond a limit of <see cref="TomlReader"/>.</exception>
    public static TomlTable Parse(ReadOnlySpan<byte> utf8) => TomlReader.Read(utf8);
}
