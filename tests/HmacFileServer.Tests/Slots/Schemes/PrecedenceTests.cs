using HmacFileServer.Http;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots.Schemes;

public sealed class PrecedenceTests
{
    private const string Key = "s1/cat.jpg";
    private static readonly string[] Order = ["jwt", "v3", "v2", "token", "v"];

    public static TheoryData<string, string> Pairs()
    {
        var pairs = new TheoryData<string, string>();
        for (var i = 0; i < Order.Length; i++)
        {
            foreach (var lower in Order[(i + 1)..])
            {
                pairs.Add(Order[i], lower);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_stronger_of_two_signatures_decides(string stronger, string weaker)
    {
        Judge([(stronger, true), (weaker, false)]).Should().BeNull();
        Judge([(stronger, false), (weaker, true)]).Should().Be(Refusal.BadSignature);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_scheme_that_is_off_is_not_looked_at(string stronger, string weaker)
    {
        Judge([(stronger, false), (weaker, true)], on: [weaker]).Should().BeNull();
        Judge([(stronger, true), (weaker, false)], on: [weaker]).Should().NotBeNull();
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("v3")]
    [InlineData("v2")]
    [InlineData("token")]
    [InlineData("v")]
    public void A_good_signature_of_a_scheme_that_is_off_is_none(string scheme)
    {
        Judge([(scheme, true)]).Should().BeNull();
        Judge([(scheme, true)], on: [.. Order.Where(name => name != scheme && name != "jwt")])
            .Should().Be(Refusal.Unsigned);
    }

    [Theory]
    [InlineData("v")]
    [InlineData("v2")]
    [InlineData("token")]
    [InlineData("v3")]
    public void An_empty_parameter_is_as_good_as_none(string parameter)
    {
        var good = SignedUrls.V(Key, 5);

        Judgement.Of(Judgement.Rules(), $"/upload{good}&{parameter}=", 5).Should().BeNull();
        Judgement.Of(Judgement.Rules(), $"/upload{good.Replace("?", $"?{parameter}=&", StringComparison.Ordinal)}", 5)
            .Should().BeNull();
        Judgement.Of(Judgement.Rules(), $"/upload/{Key}?{parameter}=", 5).Should().Be(Refusal.Unsigned);
    }

    [Fact]
    public void Parameters_that_are_not_ours_do_not_matter()
    {
        var good = SignedUrls.V(Key, 5);

        Judgement.Of(Judgement.Rules(), $"/upload{good}&utm=1;x&&=&V=00", 5).Should().BeNull();
    }

    [Theory]
    [InlineData("Basic YWxpY2U6cHc=")]
    [InlineData("Bearer abc")]
    [InlineData("Bearer ")]
    [InlineData("Digest a.b.c")]
    public void An_authorization_that_is_no_token_of_ours_does_not_hide_the_signature_in_the_url(string authorization)
    {
        Judgement.Of(Judgement.Rules(), "/upload" + SignedUrls.V(Key, 5), 5, authorization: authorization)
            .Should().BeNull();
        Judgement.Of(Judgement.Rules(), $"/upload/{Key}", 5, authorization: authorization)
            .Should().Be(Refusal.Unsigned);
    }

    private static Refusal? Judge((string Scheme, bool Good)[] signatures, string[]? on = null)
    {
        var query = "?";
        string? authorization = null;
        foreach (var (scheme, good) in signatures)
        {
            var secret = good ? SignedUrls.Secret : "quite another secret of some length";
            if (scheme == "jwt")
            {
                authorization = SignedUrls.Jwt(SignedUrls.Claims(), secret)["Authorization: ".Length..];
                continue;
            }

            var url = scheme switch
            {
                "v3" => SignedUrls.V3("PUT", $"/upload/{Key}", 1_700_000_010, secret),
                "v" => SignedUrls.V(Key, 5, secret),
                _ => SignedUrls.V2(Key, 5, "image/jpeg", scheme, secret),
            };
            query += url.Split('?')[1] + "&";
        }

        var rules = Judgement.Rules();
        rules = rules with { Security = rules.Security with { Schemes = [.. on ?? Order] } };
        return Judgement.Of(rules, $"/upload/{Key}{query}", 5, "image/jpeg", authorization);
    }
}
