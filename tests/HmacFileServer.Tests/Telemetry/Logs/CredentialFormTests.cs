using HmacFileServer.Settings.Values;
using HmacFileServer.Telemetry.Logs;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Telemetry.Logs;

public sealed class CredentialFormTests
{
    private const string Mac = "9b0bf2a58d3c57a8387ae4daf6d545b5e59860e20dc00e7d7f7bee7b4ecff76c";
    private const string Part = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
    private const string Token = Part + ".eyJzbG90IjoiczEifQ.M0bHzGvkDi3ldJGvhWyaqHTrIyTYRmq5A-yx__NlVUg";

    [Theory]
    [InlineData($"GET /a?probe={Mac}&until=5", "GET /a?probe=[redacted]&until=5")]
    [InlineData($"Refused a/b%3Fv={Mac}: 403", "Refused a/b%3Fv=[redacted]: 403")]
    [InlineData($"Refused a/b%253Fv={Mac}: 403", "Refused a/b%253Fv=[redacted]: 403")]
    [InlineData($"Refused a/b%253Fv%253D{Mac}: 403", "Refused a/b%253Fv%253D9b0b…: 403")]
    [InlineData($"/%6awt/{Token}/slot/cat.jpg", "/%6awt/[redacted]/slot/cat.jpg")]
    [InlineData($"/jwt%2F{Token}%2Fslot", "/jwt%2F[redacted]%2Fslot")]
    [InlineData("/jwt%252feyJh.eyJz.sig/slot", "/jwt%252f[redacted]/slot")]
    [InlineData($"Referer: {Token}", "Referer: [redacted]")]
    [InlineData("bearer%20abcdef", "bearer%20[redacted]")]
    [InlineData($"x{Mac}y", "x9b0bf2a5…y")]
    [InlineData($"ff{Mac}", "ff9b0bf2…")]
    [InlineData($"%25{Mac}", "%259b0bf2…")]
    [InlineData("a correct%20horse%2520battery staple b", "a [redacted] b")]
    public void A_credential_is_known_by_its_form_however_it_is_encoded(string line, string written) =>
        RedactingFormatter.Redact(line, [new Secret("correct horse battery staple")]).Should().Be(written);

    [Theory]
    [InlineData("Stored u/archive.tar.gz, 5 bytes")]
    [InlineData("Stored u/2026-01-01_18.30.05.mp4 for alice@chat.example.org, from 192.0.2.1")]
    [InlineData("Stored 3f786850e387550fdab836ed7e6dc881de23001b/x/100%.png")]
    [InlineData("at HmacFileServer.Telemetry.Logs.RedactingFormatter.Format(LogEvent logEvent)")]
    [InlineData("/etc/letsencrypt/live/upload.example.org/fullchain.pem")]
    [InlineData("Xy2-_VeryLongRandomSlotName/holiday.pictures.zip")]
    public void A_name_that_is_no_credential_stays(string line) =>
        RedactingFormatter.Redact(line, []).Should().Be(line);

    [Fact]
    public void Nothing_that_verifies_comes_out_whatever_is_percent_encoded_and_however_often()
    {
        var random = new Random(20260105);
        for (var i = 0; i < 2000; i++)
        {
            var (target, credential) = Signed(random, i);
            var line = Within(random, Encoded(random, target));

            var written = RedactingFormatter.Redact(line, []);

            for (var decoded = written; ; decoded = Uri.UnescapeDataString(decoded))
            {
                decoded.Should().NotContainEquivalentOf(credential, $"of {line} came {written}");
                if (Uri.UnescapeDataString(decoded) == decoded)
                {
                    break;
                }
            }
        }
    }

    /// <returns>A target, and that part of it without which it is worth nothing.</returns>
    private static (string Target, string Credential) Signed(Random random, int i)
    {
        var key = $"u{i}/cat {i}.jpg";
        var token = SignedUrls.Jwt(SignedUrls.Claims(("slot", $"u{i}"))).Split(' ')[^1];
        var mac = token.Split('.')[2];
        string Hex(string url) => url.Split('=')[1][..64];
        var (v, v2) = (SignedUrls.V(key, i), SignedUrls.V2(key, i, "image/png"));
        var v3 = SignedUrls.V3("GET", $"/{key}", i);
        return random.Next(8) switch
        {
            0 => (v, Hex(v)),
            1 => (v2, Hex(v2)),
            2 => (v2.Replace("v2=", "token=", StringComparison.Ordinal), Hex(v2)),
            3 => (v3, Hex(v3)),
            4 => (v.Replace("v=", "probe=", StringComparison.Ordinal).ToUpperInvariant(), Hex(v)),
            5 => ($"/{key}?jwt={token}", mac),
            6 => ($"/files/jwt/{token}/{key}", mac),
            _ => ($"Authorization: Bearer {token}", mac),
        };
    }

    private static string Encoded(Random random, string text)
    {
        var share = random.NextDouble();
        for (var times = random.Next(3); times >= 0; times--)
        {
            text = string.Concat(text.Select(character => random.NextDouble() < share && character < 0x80
                ? random.Next(2) == 0 ? $"%{(int)character:X2}" : $"%{(int)character:x2}"
                : character.ToString()));
            share = random.NextDouble();
        }

        return text;
    }

    private static string Within(Random random, string target) => random.Next(5) switch
    {
        0 => $"Refused {target}: 403 bad-signature, from 192.0.2.1",
        1 => $"{{\"RequestPath\":\"{target}\",\"Referer\":\"https://h{target}\"}}",
        2 => $"Invalid request line: 'PUT {target} HTTP/9.9\\x0D\\x0A'",
        3 => $"System.FormatException: {target}.\n   at System.Number",
        _ => target,
    };
}
