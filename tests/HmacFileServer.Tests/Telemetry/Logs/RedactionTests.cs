using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Telemetry.Logs;
using Serilog.Events;
using Serilog.Formatting.Display;
using Serilog.Parsing;

namespace HmacFileServer.Tests.Telemetry.Logs;

public sealed class RedactionTests
{
    private const string Mac = "9b0bf2a58d3c57a8387ae4daf6d545b5e59860e20dc00e7d7f7bee7b4ecff76c";

    private static readonly Secret[] Secrets = [new("correct horse battery staple")];

    [Theory]
    [InlineData($"PUT /a/b?v={Mac} HTTP/1.1", "PUT /a/b?v=[redacted] HTTP/1.1")]
    [InlineData($"/a?x=1&V2={Mac}&expires=5", "/a?x=1&V2=[redacted]&expires=5")]
    [InlineData($"\"QueryString\":\"?expires=1\\u0026v3={Mac}\"", "\"QueryString\":\"?expires=1\\u0026v3=[redacted]\"")]
    [InlineData($"?token={Mac}\\x0D\\x0A", "?token=[redacted]\\x0D\\x0A")]
    [InlineData("Authorization: Bearer eyJhbGci.eyJz.sig-_", "Authorization: Bearer [redacted]")]
    [InlineData("PUT /files/jwt/eyJhbGci.eyJz.sig-_/slot/cat.jpg HTTP/1.1",
        "PUT /files/jwt/[redacted]/slot/cat.jpg HTTP/1.1")]
    [InlineData("Refused jwt/eyJhbGci.eyJz.sig-_: 403", "Refused jwt/[redacted]: 403")]
    [InlineData("key is correct horse battery staple!", "key is [redacted]!")]
    public void No_signature_token_or_secret_passes(string line, string written) =>
        RedactingFormatter.Redact(line, Secrets).Should().Be(written);

    [Fact]
    public void A_secret_is_found_also_as_json_spells_it() =>
        RedactingFormatter.Redact("""{"m":"a\\\"b\\c\"d1234\\!"}""", [new Secret("""a\"b\c"d1234\""")])
            .Should().Be("""{"m":"[redacted]!"}""");

    [Fact]
    public void A_secret_that_came_with_a_reload_is_redacted_and_the_old_one_still_is()
    {
        var settings = With("the secret at the start");
        using var written = new StringWriter();
        var formatter = new RedactingFormatter(
            new MessageTemplateTextFormatter("{Message:lj};"), new Redaction(() => settings));

        formatter.Format(Event("the secret at the start"), written);
        settings = With("the secret of the reload");
        formatter.Format(Event("the secret of the reload"), written);
        formatter.Format(Event("the secret at the start"), written);

        written.ToString().Should().Be("[redacted];[redacted];[redacted];");
    }

    [Theory]
    [InlineData("Stored u/Tom & Jerry=1&v=2.webm, 4321 bytes")]
    [InlineData("Stored u/?v=1.txt, 5 bytes")]
    public void A_file_name_that_looks_like_a_query_keeps_its_words(string line) =>
        RedactingFormatter.Redact(line, Secrets).Should().Be(line);

    [Fact]
    public void Marks_that_turn_the_reading_direction_are_made_visible() =>
        RedactingFormatter.Redact("Stored u/a\u202Egpj.exe", Secrets).Should().Be("Stored u/a\\u202Egpj.exe");

    private static ServerSettings With(string secret) => new() { Security = new() { Secrets = [new Secret(secret)] } };

    private static LogEvent Event(string text) =>
        new(DateTimeOffset.UnixEpoch, LogEventLevel.Information, null, new MessageTemplateParser().Parse(text), []);
}
