using System.Security.Cryptography;
using HmacFileServer.Doctor.Chat.Wire;

namespace HmacFileServer.Tests.Doctor.Chat;

public sealed class ScramTests
{
    // The examples of RFC 5802 section 5 and RFC 7677 section 3: user "user", password "pencil".
    private const string Nonce1 = "fyko+d2lbbFgONRv9qkxdawL";
    private const string Challenge1 = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
    private const string Nonce256 = "rOprNGfwEbeRWgbNEkqO";
    private const string Challenge256 =
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    [Fact]
    public void SCRAM_SHA_1_proves_as_in_RFC_5802()
    {
        var login = new ScramLogin(HashAlgorithmName.SHA1, "user", "pencil", Nonce1);

        login.First.Should().Be("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        login.Prove(Challenge1).Should().Be(
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
        login.Verifies("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=").Should().BeTrue();
        login.Verifies("v=AAF9pqV8S7suAoZWja4dJRkFsKQ=").Should().BeFalse();
    }

    [Fact]
    public void SCRAM_SHA_256_proves_as_in_RFC_7677()
    {
        var login = new ScramLogin(HashAlgorithmName.SHA256, "user", "pencil", Nonce256);

        login.Prove(Challenge256).Should().Be(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        login.Verifies("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").Should().BeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("r=another,s=QSXCR+Q6sek8bf92,i=4096")]
    [InlineData("r=fyko+d2lbbFgONRv9qkxdawL,s=QSXCR+Q6sek8bf92,i=4096")]        // nothing of the server's own
    [InlineData("r=fyko+d2lbbFgONRv9qkxdawLx,s=?,i=4096")]
    [InlineData("r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=0")]
    [InlineData("r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=2000000000")] // an hour of work
    [InlineData("m=x,r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=4096")]   // an extension that must be understood
    public void A_challenge_that_is_none_is_said_to_be_none(string challenge)
    {
        var prove = () => new ScramLogin(HashAlgorithmName.SHA1, "user", "pencil", Nonce1).Prove(challenge);

        prove.Should().Throw<ChatException>().Which.Finding.Code.Should().Be("xmpp-login");
    }

    [Fact]
    public void Equals_signs_and_commas_in_the_name_are_escaped() =>
        new ScramLogin(HashAlgorithmName.SHA1, "a=b,c", "x", "n").First.Should().Be("n,,n=a=3Db=2Cc,r=n");
}
