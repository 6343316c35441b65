using System.Runtime.InteropServices;

namespace HmacFileServer.Settings.Toml;

/// <summary>Line and column, both from 1. A column is a Unicode character, not a byte.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TomlPosition(int Line, int Column)
{
    public static TomlPosition Start => new(1, 1);

    public override string ToString() => $"{Line}:{Column}";
}

/// <summary>
/// The text is not TOML 1.0. The message is one sentence, without the position; it names keys but never repeats a
/// value, which may be a secret.
/// </summary>
internal sealed class TomlException(string message, TomlPosition position) : Exception(message)
{
    public TomlPosition Position { get; } = position;
}
