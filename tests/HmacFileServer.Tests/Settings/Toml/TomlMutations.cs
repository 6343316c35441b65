using System.Text;

namespace HmacFileServer.Tests.Settings.Toml;

/// <summary>Changes that bring valid documents to the edges of the grammar and over them.</summary>
internal static class TomlMutations
{
    private static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "\n", "\r\n", "\r", "\t", " ", "#", "=", ",", ".", "[", "]", "[[", "]]", "{", "}", "\"", "'",
            "\"\"\"", "'''", "\\", "\\n", "\\u0041", "\\ud800", "\\U00110000", "\\e", "\\x41", "_", "-", "+",
            "0", "1", "9",
            "e", "E", "a", "a.b", "a = 1", "\n[a]\n", "\n[[a]]\n", "\n[a.b]\n", "\na.b = 1\n", "\na = {b = 1}\n",
            "0x", "0o", "0b", "9223372036854775808", "1.5", "1e400", "inf", "nan", "true", "false",
            "2000-01-01", "2023-02-29", "0000-01-01", "T", "Z", "12:00:00", "23:59:60", "+23:59",
            "\0", "\u007F", "\u0080", "\uFEFF", "\u2028", "\U0001F600",
        }.Select(Encoding.UTF8.GetBytes),
        [0x80], [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], // none of them UTF-8
    ];

    /// <summary>A document with up to three changes: bytes cut, doubled, replaced, or some grammar put in.</summary>
    public static byte[] Mutate(Random random)
    {
        List<byte> document = [.. AnySeed(random)];
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var from = random.Next(document.Count);
            var length = Math.Min(random.Next(1, 12), document.Count - from);
            var part = document.GetRange(from, length);
            switch (random.Next(6))
            {
                case 0:
                    document.RemoveRange(from, length);
                    break;
                case 1:
                    document.InsertRange(random.Next(document.Count), part);
                    break;
                case 2:
                    document[from] = (byte)random.Next(256);
                    break;
                case 3:
                    document.InsertRange(random.Next(document.Count), LineOf(AnySeed(random), random));
                    break;
                default:
                    document.InsertRange(from, Pieces[random.Next(Pieces.Length)]);
                    break;
            }

            if (document.Count == 0)
            {
                break;
            }
        }

        return [.. document];
    }

    private static byte[] AnySeed(Random random) => TomlSeeds.Documents[random.Next(TomlSeeds.Documents.Count)];

    private static byte[] LineOf(byte[] document, Random random)
    {
        var at = random.Next(document.Length);
        var begin = document.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        var end = document.AsSpan(at).IndexOf((byte)'\n');
        return document[begin..(end < 0 ? document.Length : at + end + 1)];
    }
}
