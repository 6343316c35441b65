using HmacFileServer.Doctor.Chat.Wire;

namespace HmacFileServer.Tests.Doctor.Chat;

public sealed class ChatAccountTests
{
    [Theory]
    [InlineData("alice@example.org", null, "example.org", 5222, false)]
    [InlineData("alice@example.org/phone", null, "example.org", 5222, false)]
    [InlineData("alice@example.org", "xmpp.example.org", "xmpp.example.org", 5222, false)]
    [InlineData("alice@example.org", "127.0.0.1:15222", "127.0.0.1", 15222, false)]
    [InlineData("alice@example.org", "[::1]:5223", "::1", 5223, true)]
    [InlineData("alice@example.org", "::1", "::1", 5222, false)]
    public void Account_and_server_are_read(string jid, string? server, string host, int port, bool isDirectTls)
    {
        ChatAccount.TryParse(jid, server, isDirectTls: false, out var account, out _).Should().BeTrue();

        (account.User, account.Domain).Should().Be(("alice", "example.org"));
        (account.Host, account.Port, account.IsDirectTls).Should().Be((host, port, isDirectTls));
    }

    [Theory]
    [InlineData(null, "example.org", 5223)]
    [InlineData("xmpp.example.org", "xmpp.example.org", 5223)]
    [InlineData("127.0.0.1:443", "127.0.0.1", 443)]
    public void Direct_TLS_has_a_port_of_its_own(string? server, string host, int port)
    {
        ChatAccount.TryParse("alice@example.org", server, isDirectTls: true, out var account, out _).Should().BeTrue();

        (account.Host, account.Port, account.IsDirectTls).Should().Be((host, port, true));
    }

    [Theory]
    [InlineData("example.org", null, "\"example.org\" is no account")]
    [InlineData("@example.org", null, "is no account")]
    [InlineData("a@b@c", null, "is no account")]
    [InlineData("a@b", "host:port", "\"host:port\" is no server")]
    [InlineData("a@b", "host:70000", "is no server")]
    [InlineData("a@b", ":5222", "is no server")]
    public void What_is_none_is_a_sentence(string jid, string? server, string part)
    {
        ChatAccount.TryParse(jid, server, isDirectTls: false, out _, out var problem).Should().BeFalse();

        problem.Should().Contain(part);
    }
}
