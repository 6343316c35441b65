using System.Text;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Tests.Settings.Toml;

public sealed class TomlErrorTests
{
    [Theory]
    [InlineData("a", 1, 2, "Expected '=' after the key.")]
    [InlineData("a b = 1", 1, 3, "Expected '=' after the key.")]
    [InlineData("a =\nb = 1", 1, 4, "Expected a value before the end of the line.")]
    [InlineData("\n = 1", 2, 2, "Expected a key here.")]
    [InlineData("é = 1", 1, 1, "Expected a key here.")]
    [InlineData("a. = 1", 1, 4, "Expected a key here.")]
    [InlineData("'''a''' = 1", 1, 3, "Expected '=' after the key.")]
    [InlineData("a = 1 b = 2", 1, 7, "Expected the end of the line here; text must stand in quotes.")]
    [InlineData("a = 1\u2028", 1, 6, "Expected the end of the line here; text must stand in quotes.")]
    [InlineData("a = 1\r", 1, 6, "A carriage return must be followed by a line feed.")]
    [InlineData("# a\u0007", 1, 4, "This control character is not allowed; in text, write an escape such as \\u0007.")]
    [InlineData("# a\rb", 1, 4, "This control character is not allowed; in text, write an escape such as \\u0007.")]
    [InlineData("[a\n]", 1, 3, "Expected ']' to close the header.")]
    [InlineData("[[a] ]", 1, 4, "Expected ']]' to close the header.")]
    [InlineData("[]", 1, 2, "Expected a key here.")]
    [InlineData("a = [1 2]", 1, 8, "Expected ',' or ']' in the array.")]
    [InlineData("a = [1,,2]", 1, 8, "This is no value; text must stand in quotes.")]
    [InlineData("a = [1,\n", 1, 1, "The array that begins on this line has no closing ']'.")]
    [InlineData("a = '''b\n''", 2, 2, "The text that ends here has no closing quote.")]
    [InlineData("a = {,}", 1, 6, "Expected a key or '}' in the inline table.")]
    public void A_line_that_breaks_the_grammar_is_refused_there(string toml, int line, int column, string message) =>
        ShouldBeRefused(toml, line, column, message);

    [Theory]
    [InlineData("a = info", 5, "This is no value; text must stand in quotes.")]
    [InlineData("a = True", 5, "This is no value; text must stand in quotes.")]
    [InlineData("a = 127.0.0.1", 10, "Expected the end of the line here; text must stand in quotes.")]
    [InlineData("a = 10GB", 7, "Expected the end of the line here; text must stand in quotes.")]
    [InlineData("a = 1__0", 7, "This is not a number as TOML writes it; text must stand in quotes.")]
    [InlineData("a = 1.", 5, "This is no value; text must stand in quotes.")]
    [InlineData("a = 1e_1", 5, "This is no value; text must stand in quotes.")]
    [InlineData("a = +0x1", 7, "Expected the end of the line here; text must stand in quotes.")]
    [InlineData("a = 0b2", 5, "This is no value; text must stand in quotes.")]
    [InlineData("a = 007", 5, "A number cannot begin with a zero.")]
    [InlineData("a = -01.5", 6, "A number cannot begin with a zero.")]
    [InlineData("a = 9223372036854775808", 5, "The integer does not fit in 64 bits.")]
    [InlineData("a = -9223372036854775809", 5, "The integer does not fit in 64 bits.")]
    [InlineData("a = 0x8000000000000000", 5, "The integer does not fit in 64 bits.")]
    [InlineData("a = 2023-02-29", 5, "This date or time does not exist.")]
    [InlineData("a = 1900-02-29T00:00:00Z", 5, "This date or time does not exist.")]
    [InlineData("a = 2024-13-01", 5, "This date or time does not exist.")]
    [InlineData("a = 2024-1-1", 5,
        "A date is written as in 1979-05-27, a time as in 07:32:00, both as RFC 3339 has it.")]
    [InlineData("a = 24:00:00", 5, "This date or time does not exist.")]
    [InlineData("a = 2024-01-01 23:59:61", 5, "This date or time does not exist.")]
    [InlineData("a = 07:32:00.", 5,
        "A date is written as in 1979-05-27, a time as in 07:32:00, both as RFC 3339 has it.")]
    [InlineData("a = 07:32:00Z", 5,
        "A date is written as in 1979-05-27, a time as in 07:32:00, both as RFC 3339 has it.")]
    [InlineData("a = 2024-01-01T00:00:00+24:00", 5, "This date or time does not exist.")]
    [InlineData("a = 2024-01-01T00:00:00+1:00", 5,
        "A date is written as in 1979-05-27, a time as in 07:32:00, both as RFC 3339 has it.")]
    [InlineData("a = \"b", 6, "The text that ends here has no closing quote.")]
    [InlineData("a = 'b\n'", 7, "The text has no closing quote on its line.")]
    [InlineData("a = \"\\u12\"", 10,
        "A backslash in text must be doubled, or begin \\b \\t \\n \\e \\f \\r \\\" \\x41 \\u0041 \\U00000041.")]
    [InlineData("a = \"\\u041\0\"", 5,
        "This control character is not allowed; in text, write an escape such as \\u0007.")]
    [InlineData("a = \"\\u 041\"", 8,
        "A backslash in text must be doubled, or begin \\b \\t \\n \\e \\f \\r \\\" \\x41 \\u0041 \\U00000041.")]
    [InlineData("a = \"\\u+041\"", 8,
        "A backslash in text must be doubled, or begin \\b \\t \\n \\e \\f \\r \\\" \\x41 \\u0041 \\U00000041.")]
    [InlineData("a = \"\\ud800\"", 7, "This escape is not a Unicode character.")]
    [InlineData("a = 'b\u0000'", 5, "This control character is not allowed; in text, write an escape such as \\u0007.")]
    public void A_value_that_is_none_is_refused_where_it_stands(string toml, int column, string message) =>
        ShouldBeRefused(toml, line: 1, column, message);

    [Theory]
    [InlineData("a = 1\na = 2", 2, 1, "'a' is already defined on line 1.")]
    [InlineData("a = 1\n\"a\" = 2", 2, 1, "'a' is already defined on line 1.")]
    [InlineData("[a]\n\n[a]", 3, 2, "'a' is already defined on line 1.")]
    [InlineData("a.b = 1\n[a]", 2, 2, "'a' is already defined on line 1.")]
    [InlineData("[a]\nb.c = 1\n[a.b]", 3, 4, "'b' is already defined on line 2.")]
    [InlineData("[a.b]\n[a]\n[a]", 3, 2, "'a' is already defined on line 1.")]
    [InlineData("[a.b.c]\n[a]\nb.d = 1\n[a.b]", 4, 4, "'b' is already defined on line 1.")]
    [InlineData("[[a]]\n[a]", 2, 2, "'a' is already defined on line 1.")]
    [InlineData("[a]\n[[a]]", 2, 3, "'a' is already defined on line 1.")]
    [InlineData("a = []\n[[a]]", 2, 3, "'a' is already defined on line 1.")]
    [InlineData("a = {b = 1, b = 2}", 1, 13, "'b' is already defined on line 1.")]
    [InlineData("a = 1\na.b = 2", 2, 1, "'a' is a value, set on line 1, and has no keys of its own.")]
    [InlineData("a = 1\n[a.b]", 2, 2, "'a' is a value, set on line 1, and has no keys of its own.")]
    [InlineData("a = {}\na.b = 1", 2, 1, "'a' is already complete, from line 1, and takes no more keys here.")]
    [InlineData("a = {}\n[a.b]", 2, 2, "'a' is already complete, from line 1, and takes no more keys here.")]
    [InlineData("a = [{}]\n[a.b]", 2, 2, "'a' is already complete, from line 1, and takes no more keys here.")]
    [InlineData("[a.b]\n[a]\nb.c = 1", 3, 1, "'b' is already complete, from line 1, and takes no more keys here.")]
    [InlineData("[[a.b]]\n[a]\nb.c = 1", 3, 1, "'b' is already complete, from line 1, and takes no more keys here.")]
    [InlineData("a = {b.c = 1, b = 2}", 1, 15, "'b' is already defined on line 1.")]
    [InlineData("a = {b = {}, b.c = 1}", 1, 14, "'b' is already complete, from line 1, and takes no more keys here.")]
    public void A_table_is_defined_once_and_in_one_place(string toml, int line, int column, string message) =>
        ShouldBeRefused(toml, line, column, message);

    [Fact]
    public void Every_mistake_is_reported_at_once_the_first_of_each_line()
    {
        var toml = "a = 1\nb = \nc = nope nope\n[a]\n[x\n"u8.ToArray();

        FluentActions.Invoking(() => TomlConfiguration.Parse(toml)).Should().Throw<TomlException>()
            .Which.Problems.Select(problem => problem.Position.Line).Should().Equal(2, 3, 5);
    }

    [Fact]
    public void So_is_every_key_that_is_defined_twice()
    {
        var toml = "[a]\nb = 1\nb = 2\n[a]\nc = 1\n[d]\ne.f = 1\ne = 2\n"u8.ToArray();

        FluentActions.Invoking(() => TomlConfiguration.Parse(toml)).Should().Throw<TomlException>()
            .Which.Problems.Select(problem => problem.Position.Line).Should().Equal(3, 4, 8);
    }

    [Fact]
    public void Of_mistakes_without_end_the_first_twenty_are_reported()
    {
        var repeats = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a = 1\n", 10_000)));
        var nonsense = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("=\n", 10_000)));

        foreach (var toml in new[] { repeats, nonsense })
        {
            FluentActions.Invoking(() => TomlConfiguration.Parse(toml)).Should().Throw<TomlException>()
                .Which.Problems.Should().HaveCountLessThanOrEqualTo(21);
        }
    }

    [Fact]
    public void A_long_key_with_line_ends_is_shown_as_one_short_word()
    {
        var key = $"\"\\n{new string('k', 100)}\"";

        ShouldBeRefused(
            $"{key} = 1\n{key} = 2", 2, 1, $"'\uFFFD{new string('k', 39)}…' is already defined on line 1.");
    }

    [Fact]
    public void A_message_never_repeats_a_value()
    {
        var values = new[]
        {
            "hunter", "'hunter", "\"hunter\\q\"", "0xhunter", "2024-01-01hunter", "07:00:00hunter",
            "1hunter", "[hunter", "{hunter", "\"a\" hunter", "\"\"\"hunter", "hunter = 1 hunter", "p@hunter",
        };

        foreach (var value in values)
        {
            var toml = Encoding.UTF8.GetBytes($"secret = {value}");
            FluentActions.Invoking(() => TomlConfiguration.Parse(toml))
                .Should().Throw<TomlException>().Which.Message.Should().NotContain("hunter");
        }
    }

    [Theory]
    [InlineData(new byte[] { (byte)'#', 0xC3 }, 2)]
    [InlineData(new byte[] { (byte)'#', 0xC3, 0xA9, 0xC0, 0xAF }, 3)]
    [InlineData(new byte[] { (byte)'#', 0xED, 0xA0, 0x80 }, 2)]
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'a', 0 }, 1)]
    public void Bytes_that_are_not_UTF8_are_refused_at_the_first_of_them(byte[] toml, int column)
    {
        var refusal = FluentActions.Invoking(() => TomlConfiguration.Parse(toml)).Should().Throw<TomlException>().Which;

        refusal.Problems.Should().Equal(
            new TomlProblem(new TomlPosition(1, column), "The file is not valid UTF-8 here."));
    }

    private static void ShouldBeRefused(string toml, int line, int column, string message)
    {
        var bytes = Encoding.UTF8.GetBytes(toml);

        var refusal = FluentActions.Invoking(() => TomlConfiguration.Parse(bytes))
            .Should().Throw<TomlException>().Which;

        refusal.Problems[0].Sentence.Should().Be(message);
        refusal.Problems[0].Position.Should().Be(new TomlPosition(line, column));
    }
}
