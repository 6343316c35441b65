using System.Buffers.Text;
using HmacFileServer.Slots.Schemes;
using HmacFileServer.Tests.Support;
using static HmacFileServer.Tests.Slots.Issuing.IssuedSlots;

namespace HmacFileServer.Tests.Slots.Issuing;

/// <summary>What an issued slot is not good for, and what does not pass for one.</summary>
public sealed class SlotAbuseTests
{
    [Theory]
    [InlineData("cat.png")]
    [InlineData("cat.jpg/cat.jpg")]
    public async Task A_slot_is_good_for_no_other_name(string name)
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var other = Issue(server, FiveBytes)
            .PutUrlWithToken.Replace("/cat.jpg?", $"/{name}?", StringComparison.Ordinal);

        (await server.PutAsync(Target(other), "hello"u8.ToArray())).Status.Should().Be(403);
        server.ExpectLeft();
    }

    [Fact]
    public async Task A_slot_is_good_for_no_other_folder()
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var mine = Issue(server, FiveBytes);
        var theirs = Issue(server, FiveBytes with { Owner = "bob@example.org" });

        var put = await server.PutAsync(Target($"{theirs.PutUrl}?jwt={mine.Token}"), "hello"u8.ToArray());

        put["X-Refusal"].Should().Be("wrong-slot");
        server.ExpectLeft();
    }

    /// <remarks>
    /// Whoever gets v, v2 or v3 URLs signed may choose the name, so the name is made to look like a token.
    /// </remarks>
    [Theory]
    [InlineData("v")]
    [InlineData("v2")]
    [InlineData("v3")]
    public async Task A_token_cannot_be_made_of_another_signature_of_the_same_secret(string scheme)
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var genuine = Issue(server, FiveBytes).Token;
        var name = genuine[..genuine.LastIndexOf('.')];
        var (signed, url) = scheme switch
        {
            "v" => ($"{name} 5", SignedUrls.V(name, 5)),
            "v2" => ($"{name}\0{5}\0", SignedUrls.V2(name, 5, "")),
            _ => ($"PUT\n9999999999\n/{name}", SignedUrls.V3("PUT", "/" + name, 9_999_999_999)),
        };
        var mac = Base64Url.EncodeToString(Convert.FromHexString(url.Split('=')[1][..64]));

        foreach (var message in (string[])[signed, name])
        {
            var forged = Uri.EscapeDataString($"{message}.{mac}");
            var put = await server.PutAsync(
                Target($"https://u/{Slot(genuine)}/cat.jpg?jwt={forged}"), "hello"u8.ToArray());
            put.Status.Should().Be(403, "the message is {0}", message);
        }

        server.ExpectLeft();
    }

    [Theory]
    [InlineData("v")]
    [InlineData("v2")]
    [InlineData("token")]
    public async Task A_token_is_no_signature_of_another_scheme(string parameter)
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var slot = Issue(server, FiveBytes);
        var mac = Convert.ToHexStringLower(
            Base64Url.DecodeFromChars(slot.Token.AsSpan(slot.Token.LastIndexOf('.') + 1)));

        var put = await server.PutAsync(Target($"{slot.PutUrl}?{parameter}={mac}"), "hello"u8.ToArray());

        put["X-Refusal"].Should().Be("bad-signature");
    }

    [Theory]
    [InlineData("/jwt/a.b.c/", "bad-signature")]
    [InlineData("/jwt/a.b/", "unsigned")]
    [InlineData("/jwt/", "unsigned")]
    public async Task A_bad_token_in_the_path_is_refused(string start, string code)
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var slot = Issue(server, FiveBytes);

        var put = await server.PutAsync(start + slot.Path, "hello"u8.ToArray());

        put["X-Refusal"].Should().Be(code);
    }

    [Fact]
    public async Task A_bad_token_in_the_header_is_not_mended_by_a_good_one_in_the_url()
    {
        await using var server = await TestServer.StartAsync(PublicUrl);
        var slot = Issue(server, FiveBytes);

        var put = await server.PutAsync(
            Target(slot.PutUrlWithToken), "hello"u8.ToArray(), "Authorization: Bearer " + slot.Token[..^4] + "AAAA");

        put["X-Refusal"].Should().Be("bad-signature");
    }

    private static string Slot(string token) => JwtClaims.Read(token.Split('.')[1])!.Slot;
}
