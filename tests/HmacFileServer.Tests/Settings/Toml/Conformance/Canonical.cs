using System.Globalization;
using System.Text;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Tests.Settings.Toml.Conformance;

/// <summary>
/// A value as one line of ASCII, the same for equal values and for no others: <c>i1</c>, <c>t</c>, a float by its bits,
/// text and keys in hexadecimal. The Python program of <see cref="Tomllib"/> writes the same.
/// </summary>
internal static class Canonical
{
    public static string Show(TomlValue value) => value switch
    {
        TomlTable table => $"{{{string.Concat(table.Entries.Select(e => $"{Hex(e.Key)}={Show(e.Value)};"))}}}",
        TomlArray array => $"[{string.Concat(array.Items.Select(item => $"{Show(item)};"))}]",
        TomlString text => $"\"{Hex(text.Value)}\"",
        TomlInteger integer => string.Create(CultureInfo.InvariantCulture, $"i{integer.Value}"),
        TomlFloat number when double.IsNaN(number.Value) => "nan",
        TomlFloat number => $"d{BitConverter.DoubleToInt64Bits(number.Value):x16}",
        TomlBoolean boolean => boolean.Value ? "t" : "f",
        TomlDateTime date => $"@{InMicroseconds(date)}",
        _ => throw new ArgumentException($"no such value: {value.GetType()}", nameof(value)),
    };

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));

    // Python keeps six digits of a fraction, cuts the others off as TOML allows, and knows one zero offset.
    private static string InMicroseconds(TomlDateTime date)
    {
        if (!date.Text.Contains(':'))
        {
            return date.Text;
        }

        var time = date.Text.IndexOf(':') + "00:00".Length + 1;
        var fraction = date.Text[time..].StartsWith('.')
            ? string.Concat(date.Text[(time + 1)..].TakeWhile(char.IsAsciiDigit))
            : "";
        var offset = date.Text[(time + (fraction.Length == 0 ? 0 : fraction.Length + 1))..];

        return $"{date.Text[..time]}.{fraction.PadRight(6, '0')[..6]}{(offset is "Z" or "-00:00" ? "+00:00" : offset)}";
    }
}
