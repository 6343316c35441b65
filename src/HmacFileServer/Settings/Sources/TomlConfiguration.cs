using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Settings.Sources;

/// <summary>How the settings file becomes a tree.</summary>
internal static class TomlConfiguration
{
    /// <exception cref="TomlException">Not TOML 1.1, or beyond a limit of <see cref="TomlDocument"/>.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static TomlTable Load(string path)
    {
        using var file = File.OpenRead(path);

        // One byte more than allowed is enough for the refusal; a pipe or a device may never end.
        var bytes = new byte[TomlDocument.MaxBytes + 1];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);

        return Parse(bytes.AsSpan(0, length));
    }

    /// <exception cref="TomlException">Not TOML 1.1, or beyond a limit of <see cref="TomlDocument"/>.</exception>
    public static TomlTable Parse(ReadOnlySpan<byte> utf8) => TomlDocument.Read(utf8);
}
