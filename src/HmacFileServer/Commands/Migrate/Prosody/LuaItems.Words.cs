using System.Globalization;
using System.Text;

namespace HmacFileServer.Commands.Migrate.Prosody;

/// <summary>The strings, words and signs that tables are made of.</summary>
internal sealed partial class LuaItems
{
    private string Quoted()
    {
        var bytes = new List<byte>();
        Next();
        for (; current != '"'; Next())
        {
            if (current < 0)
            {
                throw Unexpected();
            }

            if (current != '\\')
            {
                bytes.Add((byte)current);
                continue;
            }

            Next();
            if (!char.IsAsciiDigit((char)current))
            {
                bytes.Add(current switch
                {
                    'n' => (byte)'\n',
                    'r' => (byte)'\r',
                    't' => (byte)'\t',
                    _ => (byte)current,
                });
                continue;
            }

            var code = current - '0';
            for (var digits = 1; digits < 3 && char.IsAsciiDigit((char)Peek()); digits++)
            {
                Next();
                code = (code * 10) + current - '0';
            }

            bytes.Add((byte)code);
        }

        Next();
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private string Word()
    {
        var word = new StringBuilder();
        for (; current >= 0 && (char.IsAsciiLetterOrDigit((char)current) || current is '.' or '-' or '+'); Next())
        {
            word.Append((char)current);
        }

        return word.ToString();
    }

    private static bool TryNumber(string word, out double number) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    private int peeked = -2;

    private int Peek() => peeked == -2 ? peeked = stream.ReadByte() : peeked;

    private void Next()
    {
        current = Peek();
        peeked = -2;
    }

    private int SkipSpace()
    {
        while (current is ' ' or '\t' or '\r' or '\n')
        {
            Next();
        }

        return current;
    }

    private bool TryTake(char wanted)
    {
        if (SkipSpace() != wanted)
        {
            return false;
        }

        Next();
        return true;
    }

    private void Expect(string text)
    {
        SkipSpace();
        foreach (var character in text)
        {
            if (current != character)
            {
                throw Unexpected();
            }

            Next();
        }
    }

    private static IOException Unexpected() => new("The list is not one that Prosody's internal storage writes.");
}
