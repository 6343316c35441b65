using System.Globalization;
using System.Text;

namespace HmacFileServer.Settings.Toml.Reading;

/// <summary>
/// RFC 3339 dates and times, each also without its other half and without an offset (TOML 1.0, "Offset Date-Time" to
/// "Local Time").
/// </summary>
internal static class TomlDates
{
    private const int DateLength = 10; // 1979-05-27
    private const int TimeLength = 8;  // 07:32:00

    /// <summary>Whether only a date or a time can follow: four digits and a hyphen, or two and a colon.</summary>
    public static bool Begin(ReadOnlySpan<byte> rest) => IsLike("0000-", rest) || IsLike("00:", rest);

    public static TomlDateTime Read(ref TomlCursor cursor, TomlPosition position)
    {
        var word = cursor.TakeWord();
        if (IsLike("00:", word))
        {
            RefuseTime(word, position);
            return new TomlDateTime(TomlDateTimeKind.LocalTime, Encoding.ASCII.GetString(word), position);
        }

        RefuseDate(word, position);
        var date = Encoding.ASCII.GetString(word[..DateLength]);
        if (word.Length == DateLength && !IsLike(" 0", cursor.Rest))
        {
            return new TomlDateTime(TomlDateTimeKind.LocalDate, date, position);
        }

        var time = word.Length > DateLength ? word[(DateLength + 1)..] : TakeTimeAfterSpace(ref cursor);
        var offset = time.IndexOfAny("Zz+-"u8);
        var kind = offset < 0 ? TomlDateTimeKind.LocalDateTime : TomlDateTimeKind.OffsetDateTime;
        RefuseTime(offset < 0 ? time : time[..offset], position);
        RefuseOffset(offset < 0 ? "Z"u8 : time[offset..], position);

        return new TomlDateTime(kind, $"{date}T{Encoding.ASCII.GetString(time).ToUpperInvariant()}", position);
    }

    private static ReadOnlySpan<byte> TakeTimeAfterSpace(ref TomlCursor cursor)
    {
        cursor.Skip(1);
        return cursor.TakeWord();
    }

    private static void RefuseDate(ReadOnlySpan<byte> word, TomlPosition position)
    {
        var isAlone = word.Length <= DateLength || word[DateLength] is (byte)'T' or (byte)'t';
        if (!isAlone || !IsLike("0000-00-00", word))
        {
            throw new TomlException("A date is written as in 1979-05-27, a time as in 07:32:00 after it.", position);
        }

        var (year, month, day) = (Number(word[..4]), Number(word[5..7]), Number(word[8..10]));

        // RFC 3339 knows the year 0000, which .NET does not; it is a leap year, as 2000 is.
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year == 0 ? 2000 : year, month))
        {
            throw new TomlException("This date does not exist.", position);
        }
    }

    private static void RefuseTime(ReadOnlySpan<byte> time, TomlPosition position)
    {
        if (!IsLike("00:00:00", time) || !IsFraction(time[TimeLength..]))
        {
            throw new TomlException("A time is written as in 07:32:00 or 07:32:00.5.", position);
        }

        // 60 is a leap second (RFC 3339, 5.7). Which minutes had one is not for a reader of settings to know.
        if (Number(time[..2]) > 23 || Number(time[3..5]) > 59 || Number(time[6..8]) > 60)
        {
            throw new TomlException("This time does not exist.", position);
        }
    }

    private static void RefuseOffset(ReadOnlySpan<byte> offset, TomlPosition position)
    {
        if (offset is [(byte)'Z' or (byte)'z'])
        {
            return;
        }

        if (offset.Length != 6 || !IsLike("00:00", offset[1..]))
        {
            throw new TomlException("A time offset is written as Z or as in +01:00.", position);
        }

        if (Number(offset[1..3]) > 23 || Number(offset[4..6]) > 59)
        {
            throw new TomlException("This time offset does not exist.", position);
        }
    }

    private static bool IsFraction(ReadOnlySpan<byte> rest) =>
        rest.IsEmpty || (rest is [(byte)'.', _, ..] && !rest[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9'));

    /// <summary>Whether the text begins like the pattern: 0 stands for any digit, all else for itself.</summary>
    private static bool IsLike(string pattern, ReadOnlySpan<byte> text)
    {
        if (text.Length < pattern.Length)
        {
            return false;
        }

        for (var at = 0; at < pattern.Length; at++)
        {
            var fits = pattern[at] == '0' ? char.IsAsciiDigit((char)text[at]) : text[at] == pattern[at];
            if (!fits)
            {
                return false;
            }
        }

        return true;
    }

    private static int Number(ReadOnlySpan<byte> digits) =>
        int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
