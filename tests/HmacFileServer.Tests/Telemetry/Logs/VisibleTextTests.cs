using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Telemetry.Logs;
using Serilog.Events;
using Serilog.Formatting.Display;
using Serilog.Parsing;

namespace HmacFileServer.Tests.Telemetry.Logs;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("a\u001b[31mb", "a\\u001B[31mb")]
    [InlineData("a\r\nb\tc\a\0", "a\\u000D\\u000Ab\\u0009c\\u0007\\u0000")]
    [InlineData("\u007f\u0080\u009b\u0085", "\\u007F\\u0080\\u009B\\u0085")]
    [InlineData("a\u3164\u034fb\u2800", "a\\u3164\\u034Fb\\u2800")]
    [InlineData("a\u2028b\u2029c", "a\\u2028b\\u2029c")]
    [InlineData("\u061c\u200e\u200f\u202a\u202e\u2066\u2069", "\\u061C\\u200E\\u200F\\u202A\\u202E\\u2066\\u2069")]
    [InlineData("\ufeff\u200b\u2060\u00ad\u180e\ufff9", "\\uFEFF\\u200B\\u2060\\u00AD\\u180E\\uFFF9")]
    [InlineData("\U000E0001\U000E0041", "\\uDB40\\uDC01\\uDB40\\uDC41")]
    public void What_commands_hides_or_turns_is_escaped(string text, string visible)
    {
        VisibleText.Line(text).Should().Be(visible);
        VisibleText.IsPlain(text).Should().BeFalse();
    }

    [Fact]
    public void Half_a_surrogate_pair_is_escaped() =>
        VisibleText.Line("a\ud83db\ude00").Should().Be("a\\uD83Db\\uDE00");

    [Theory]
    [InlineData("Grüße aus Åsgård — 猫.jpg")]
    [InlineData("سلام\u200cها.pdf")]
    [InlineData("👩\u200d👩\u200d👧 😀.webp")]
    [InlineData("C:\\temp\\u001B")]
    public void Names_of_every_script_stay_as_they_are(string text)
    {
        VisibleText.Line(text).Should().BeSameAs(text);
        VisibleText.IsPlain(text).Should().BeTrue();
    }

    [Fact]
    public void An_excerpt_is_cut_between_characters_and_says_how_long_the_whole_was()
    {
        VisibleText.Excerpt(new string('x', 200)).Should().Be(new string('x', 200));
        VisibleText.Excerpt(new string('x', 24_000)).Should().Be(new string('x', 200) + "… (24000 characters)");
        VisibleText.Excerpt(new string('x', 199) + "😀y").Should().Be(new string('x', 199) + "… (202 characters)");
    }

    [Fact]
    public void An_excerpt_never_ends_in_the_middle_of_a_credential() =>
        VisibleText.Excerpt(new string('x', 150) + "?v=" + new string('a', 64) + new string(';', 100))
            .Should().StartWith(new string('x', 150) + "?v=[redacted];").And.NotContain("aaa");

    [Fact]
    public void A_value_of_a_text_log_never_begins_a_line()
    {
        var template = new MessageTemplateParser().Parse("Stored for {Owner}");
        var line = new LogEvent(
            DateTimeOffset.UnixEpoch, LogEventLevel.Information, null, template,
            [new LogEventProperty("Owner", new ScalarValue("eve\n2026-01-01 [INF] Stored\u001b[2J"))]);

        Formatted("{Message:lj}{NewLine}{Exception}", line)
            .Should().Be("Stored for eve\\u000A2026-01-01 [INF] Stored\\u001B[2J\n");
    }

    [Fact]
    public void A_message_of_an_exception_never_looks_like_an_event_of_its_own()
    {
        var line = new LogEvent(
            DateTimeOffset.UnixEpoch, LogEventLevel.Error, new IOException("eve\n2026-01-01 [INF] Stored\u009b2J"),
            new MessageTemplateParser().Parse("A request failed"), []);

        Formatted("{Message:lj}{NewLine}{Exception}", line).Should().Be(
            "A request failed\n  System.IO.IOException: eve\n  2026-01-01 [INF] Stored\\u009B2J\n");
    }

    private static string Formatted(string template, LogEvent line)
    {
        using var written = new StringWriter();
        var formatter = new RedactingFormatter(
            new OneLineValues(new MessageTemplateTextFormatter(template)),
            new Redaction(() => new ServerSettings { Security = new() { Secrets = [new Secret("not in here")] } }));
        formatter.Format(line, written);
        return written.ToString();
    }
}
