using System.Buffers;
using System.Text;

namespace HmacFileServer.Settings.Toml.Reading;

/// <summary>One name of a dotted key or header, unquoted, and where it stands.</summary>
internal readonly record struct TomlKey(string Name, TomlPosition Position);

/// <summary>Keys: bare, quoted, or several of them with dots between.</summary>
internal static class TomlKeys
{
    private static readonly SearchValues<byte> BareBytes = SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"u8);

    /// <summary>Reads at least one name, and the space after the last.</summary>
    public static List<TomlKey> Read(ref TomlCursor cursor)
    {
        List<TomlKey> path = [ReadName(ref cursor)];
        cursor.SkipSpace();
        while (cursor.TryTake('.'))
        {
            cursor.SkipSpace();
            path.Add(ReadName(ref cursor));
            cursor.SkipSpace();
        }

        return path;
    }

    private static TomlKey ReadName(ref TomlCursor cursor)
    {
        var position = cursor.Locate();
        if (cursor.Peek is '"' or '\'')
        {
            return new TomlKey(TomlStrings.ReadOnOneLine(ref cursor), position);
        }

        var bare = cursor.TakeWhile(BareBytes);
        return bare.IsEmpty
            ? throw cursor.Unexpected("a key")
            : new TomlKey(Encoding.ASCII.GetString(bare), position);
    }
}
