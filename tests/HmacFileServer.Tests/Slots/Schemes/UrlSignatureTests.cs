using System.Globalization;
using HmacFileServer.Http;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots.Schemes;

public sealed class UrlSignatureTests
{
    private const string Key = "s1/cat.jpg";
    private const long Now = 1_700_000_000;

    [Theory]
    [InlineData("v")]
    [InlineData("v2")]
    [InlineData("token")]
    [InlineData("v3")]
    public void Hex_digits_may_be_of_either_case(string scheme)
    {
        var (path, query) = Signed(scheme);
        var (name, hex, rest) = (query.Split('=')[0], query.Split('=')[1][..64],
            query[(query.IndexOf('=', StringComparison.Ordinal) + 65)..]);

        Judge($"{path}?{name}={hex.ToUpperInvariant()}{rest}").Should().BeNull();
        Judge($"{path}?{name}={hex[..32]}{hex[32..].ToUpperInvariant()}{rest}").Should().BeNull();
    }

    [Theory]
    [InlineData(63, "")]
    [InlineData(64, "0")]
    [InlineData(64, "00")]
    [InlineData(64, "%00")]
    [InlineData(0, "a")]
    [InlineData(63, "g")]
    [InlineData(63, "%20")]
    [InlineData(62, "+0")]
    [InlineData(63, "%EF%BC%90")]
    public void What_is_not_64_hex_digits_is_a_bad_signature(int kept, string added)
    {
        foreach (var scheme in new[] { "v", "v2", "token", "v3" })
        {
            var (path, query) = Signed(scheme);
            var hex = query.Split('=')[1][..64];

            Judge($"{path}?{query.Replace(hex, hex[..kept] + added, StringComparison.Ordinal)}")
                .Should().Be(Refusal.BadSignature, "of {0}", scheme);
        }
    }

    [Fact]
    public void Base64_of_the_same_digest_is_not_a_signature()
    {
        var digest = Convert.ToBase64String(Convert.FromHexString(SignedUrls.Hex($"{Key} 5")));

        Judge($"/upload/{Key}?v={Uri.EscapeDataString(digest)}").Should().Be(Refusal.BadSignature);
    }

    [Theory]
    [InlineData("v")]
    [InlineData("v2")]
    [InlineData("token")]
    [InlineData("v3")]
    public void A_url_scheme_needs_to_know_the_length(string scheme)
    {
        var (path, query) = Signed(scheme);

        Judgement.Of(Judgement.Rules(), $"{path}?{query}", length: null, "image/jpeg")
            .Should().Be(Refusal.LengthRequired);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(60, null)]
    [InlineData(61, "expired")]
    public void A_v3_url_holds_until_it_expires_plus_the_skew_of_the_clocks(int secondsLater, string? refusal)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(Now + secondsLater);

        var answer = Judgement.Of(Judgement.Rules(), SignedUrls.V3("PUT", $"/upload/{Key}", Now), 5, now: now);

        (answer?.Code).Should().Be(refusal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1700000300")]
    [InlineData("1700000300.0")]
    [InlineData("1e10")]
    [InlineData("0x7fffffff")]
    [InlineData("99999999999999999999")]
    [InlineData("9223372036854775807")]
    [InlineData("never")]
    [InlineData("١٧٠٠٠٠٠٣٠٠")]
    public void An_expiry_that_is_no_number_of_seconds_is_refused_though_it_was_signed(string expires)
    {
        var hex = SignedUrls.Hex($"PUT\n{expires}\n/upload/{Key}");

        Judge($"/upload/{Key}?v3={hex}&expires={Uri.EscapeDataString(expires)}").Should().Be(Refusal.BadSignature);
    }

    [Fact]
    public void A_v3_url_is_for_its_method_and_its_path_with_the_prefix()
    {
        Judge(SignedUrls.V3("PUT", $"/upload/{Key}", Now)).Should().BeNull();
        Judge(SignedUrls.V3("GET", $"/upload/{Key}", Now)).Should().Be(Refusal.BadSignature);
        Judge("/upload" + SignedUrls.V3("PUT", $"/{Key}", Now)).Should().Be(Refusal.BadSignature);
    }

    [Fact]
    public void No_bit_of_a_v3_url_may_change()
    {
        var message = $"PUT\n{Now}\n/upload/{Key}";
        var good = $"?v3={SignedUrls.Hex(message)}";

        for (var bit = 0; bit < 40; bit++)
        {
            var expires = (Now ^ (1L << bit)).ToString(CultureInfo.InvariantCulture);
            Judge($"/upload/{Key}{good}&expires={expires}").Should().NotBeNull();
        }

        for (var bit = 0; bit < 8 * Key.Length; bit++)
        {
            var octets = System.Text.Encoding.ASCII.GetBytes(Key);
            octets[bit / 8] ^= (byte)(1 << (bit % 8));
            Judge($"/upload/{string.Concat(octets.Select(octet => $"%{octet:x2}"))}{good}&expires={Now}")
                .Should().NotBeNull();
        }

        Judge($"/upload/{Key}{good}&expires={Now}").Should().BeNull();
    }

    private static (string Path, string Query) Signed(string scheme)
    {
        var url = scheme switch
        {
            "v3" => SignedUrls.V3("PUT", $"/upload/{Key}", Now),
            "v" => SignedUrls.V(Key, 5),
            _ => SignedUrls.V2(Key, 5, "image/jpeg", scheme),
        };
        return ($"/upload/{Key}", url.Split('?')[1]);
    }

    private static Refusal? Judge(string target) => Judgement.Of(Judgement.Rules(), target, 5, "image/jpeg");
}
