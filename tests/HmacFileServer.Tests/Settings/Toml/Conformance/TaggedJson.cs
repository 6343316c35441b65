using System.Globalization;
using System.Text.Json;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Tests.Settings.Toml.Conformance;

/// <summary>The notation of toml-test for expected values: every scalar is <c>{"type": …, "value": "…"}</c>.</summary>
internal static class TaggedJson
{
    /// <returns>The first difference, with the path to it, or <see langword="null"/>.</returns>
    public static string? Compare(JsonElement expected, TomlValue actual, string path = "$") =>
        (actual, expected.ValueKind) switch
        {
            (TomlTable table, JsonValueKind.Object) => CompareTable(expected, table, path),
            (TomlArray array, JsonValueKind.Array) => CompareArray(expected, array, path),
            (not (TomlTable or TomlArray), JsonValueKind.Object) => CompareScalar(expected, actual, path),
            _ => $"{path}: wanted {expected.GetRawText()}, got a {actual.GetType().Name}",
        };

    private static string? CompareTable(JsonElement expected, TomlTable table, string path)
    {
        var wanted = expected.EnumerateObject().ToList();
        if (wanted.Count != table.Entries.Count)
        {
            return $"{path}: wanted {wanted.Count} keys, got {table.Entries.Count}";
        }

        return wanted
            .Select(property => table.TryGetValue(property.Name, out var value)
                ? Compare(property.Value, value, $"{path}.{property.Name}")
                : $"{path}: no key {property.Name}")
            .FirstOrDefault(difference => difference is not null);
    }

    private static string? CompareArray(JsonElement expected, TomlArray array, string path) =>
        expected.GetArrayLength() != array.Items.Count
            ? $"{path}: wanted {expected.GetArrayLength()} items, got {array.Items.Count}"
            : expected.EnumerateArray()
                .Select((item, at) => Compare(item, array.Items[at], $"{path}[{at}]"))
                .FirstOrDefault(difference => difference is not null);

    private static string? CompareScalar(JsonElement expected, TomlValue actual, string path)
    {
        var type = expected.GetProperty("type").GetString()!;
        var text = expected.GetProperty("value").GetString()!;
        var isEqual = actual switch
        {
            TomlString value => type == "string" && value.Value == text,
            TomlInteger value => type == "integer" && value.Value.ToString(CultureInfo.InvariantCulture) == text,
            TomlFloat value => type == "float" && IsSameFloat(text, value.Value),
            TomlBoolean value => type == "bool" && value.Value == (text == "true"),
            TomlDateTime value => type == TypeOf(value.Text)
                && WithoutTrailingZeros(value.Text) == WithoutTrailingZeros(text),
            _ => false,
        };

        return isEqual ? null : $"{path}: wanted {expected.GetRawText()}, got a different {actual.GetType().Name}";
    }

    private static bool IsSameFloat(string text, double actual) => text switch
    {
        "nan" => double.IsNaN(actual),
        "inf" or "+inf" => double.IsPositiveInfinity(actual),
        "-inf" => double.IsNegativeInfinity(actual),
        _ => double.Parse(text, CultureInfo.InvariantCulture).Equals(actual)
            && text.StartsWith('-') == double.IsNegative(actual),
    };

    private static string TypeOf(string date) => date.Split('T') switch
    {
        [var time] when time.Contains(':') => "time-local",
        [_] => "date-local",
        [_, var time] when time.IndexOfAny(['Z', '+', '-']) >= 0 => "datetime",
        _ => "datetime-local",
    };

    // The suite writes the fraction .6 as .600.
    private static string WithoutTrailingZeros(string text)
    {
        var dot = text.IndexOf('.');
        if (dot < 0)
        {
            return text;
        }

        var end = dot + 1 + text[(dot + 1)..].TakeWhile(char.IsAsciiDigit).Count();
        return text[..end].TrimEnd('0').TrimEnd('.') + text[end..];
    }
}
