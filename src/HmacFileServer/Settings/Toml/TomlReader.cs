using System.Globalization;
using HmacFileServer.Settings.Toml.Reading;

namespace HmacFileServer.Settings.Toml;

/// <summary>
/// Reads TOML 1.0.0 (toml.io/en/v1.0.0), all of it and nothing of 1.1, in one pass by recursive descent. Here: the
/// document, its lines, and the values that hold others. Text, numbers, dates, keys and tables have a file each.
/// </summary>
internal static class TomlReader
{
    public const int MaxBytes = 1_048_576;

    /// <summary>Tables and arrays inside one another, however written. Bounds the recursion of any walk.</summary>
    public const int MaxDepth = 200;

    /// <exception cref="TomlException">Not TOML 1.0, or beyond a limit.</exception>
    public static TomlTable Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxBytes)
        {
            var limit = MaxBytes.ToString("N0", CultureInfo.InvariantCulture);
            throw new TomlException($"The file is larger than {limit} bytes.", TomlPosition.Start);
        }

        var cursor = TomlCursor.Over(utf8);
        var document = new TomlTable(TomlTableForm.Header, level: 0, TomlPosition.Start);
        var current = document;

        for (cursor.SkipBlankLines(); cursor.Peek != TomlCursor.End; cursor.SkipBlankLines())
        {
            if (cursor.Peek == '[')
            {
                current = ReadHeader(ref cursor, document);
            }
            else
            {
                ReadPair(ref cursor, current);
            }

            cursor.EndLine();
        }

        return document;
    }

    private static TomlTable ReadHeader(ref TomlCursor cursor, TomlTable document)
    {
        cursor.Skip(1);
        var isArray = cursor.TryTake('[');
        cursor.SkipSpace();
        var path = TomlKeys.Read(ref cursor);
        cursor.Expect(']', "to close the header");

        if (!isArray)
        {
            return TomlTables.Define(document, path);
        }

        cursor.Expect(']', "to close the header that begins with '[['");
        return TomlTables.Append(document, path);
    }

    private static void ReadPair(ref TomlCursor cursor, TomlTable table)
    {
        var path = TomlKeys.Read(ref cursor);
        cursor.Expect('=', "after the key");
        cursor.SkipSpace();

        var parent = TomlTables.ForValue(table, path);
        parent.Add(path[^1], ReadValue(ref cursor, parent.Level + 1));
    }

    private static TomlValue ReadValue(ref TomlCursor cursor, int level)
    {
        var position = cursor.Locate();
        switch (cursor.Peek)
        {
            case '"' or '\'':
                return new TomlString(TomlStrings.Read(ref cursor), position);
            case '[':
                RefuseDepth(level, position);
                return ReadArray(ref cursor, level, position);
            case '{':
                RefuseDepth(level, position);
                return ReadInlineTable(ref cursor, level, position);
            default:
                return TomlDates.Begin(cursor.Rest)
                    ? TomlDates.Read(ref cursor, position)
                    : ReadWord(ref cursor, position);
        }
    }

    private static TomlArray ReadArray(ref TomlCursor cursor, int level, TomlPosition position)
    {
        var array = new TomlArray(position);
        cursor.Skip(1);
        cursor.SkipBlankLines();

        while (!cursor.TryTake(']'))
        {
            array.Add(ReadValue(ref cursor, level + 1));
            cursor.SkipBlankLines();
            if (cursor.TryTake(','))
            {
                cursor.SkipBlankLines();
            }
            else if (cursor.Peek != ']')
            {
                throw cursor.Unexpected("',' or ']' in the array");
            }
        }

        return array;
    }

    private static TomlTable ReadInlineTable(ref TomlCursor cursor, int level, TomlPosition position)
    {
        var table = new TomlTable(TomlTableForm.Inline, level, position);
        cursor.Skip(1);
        cursor.SkipSpace();
        if (cursor.TryTake('}'))
        {
            return table;
        }

        while (true)
        {
            ReadPair(ref cursor, table);
            cursor.SkipSpace();
            if (cursor.TryTake('}'))
            {
                return table;
            }

            cursor.Expect(',', "or '}' on the same line in the inline table");
            cursor.SkipSpace();
        }
    }

    private static TomlValue ReadWord(ref TomlCursor cursor, TomlPosition position)
    {
        var word = cursor.TakeWord();
        if (word.IsEmpty)
        {
            throw cursor.Unexpected("a value");
        }

        if (word.SequenceEqual("true"u8) || word.SequenceEqual("false"u8))
        {
            return new TomlBoolean(word.Length == 4, position);
        }

        return TomlNumbers.Read(word, position);
    }

    public static void RefuseDepth(int level, TomlPosition position)
    {
        if (level > MaxDepth)
        {
            throw new TomlException($"Tables and arrays are nested more than {MaxDepth} levels deep.", position);
        }
    }
}
