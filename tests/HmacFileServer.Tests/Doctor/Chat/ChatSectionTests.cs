using System.Xml.Linq;
using HmacFileServer.Doctor;
using HmacFileServer.Doctor.Chat;
using HmacFileServer.Doctor.Chat.Wire;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Doctor.Chat;

/// <summary>The XMPP section against a chat server that says what the test wants.</summary>
public sealed class ChatSectionTests
{
    private const string Upload = "urn:xmpp:http:upload:0";
    private const string Silent = "a-gateway-that-sleeps.example.org";
    private const string Service = "a-very-long-name-of-an-upload-service-in-the-department-of-files.example.org";

    [Fact]
    public async Task A_service_that_does_not_answer_does_not_keep_the_others_from_being_found()
    {
        await using var server = new ChatServer(Answer);
        await using var stream = await ChatStream.OpenAsync(server.Start(), default);

        var (found, silent) = await UploadService.DiscoverAsync(
            stream, "example.org", TimeSpan.FromMilliseconds(300), default);

        found.Should().ContainSingle().Which.Should().Be(new UploadService(Service, 1 << 30, "Files"));
        silent.Should().Equal(Silent);
        (await stream.AskAsync(
            "example.org", xml => xml.WriteElementString("ping", "urn:xmpp:ping", null), default))["type"]
            .Should().Be("result", "the conversation goes on after the wait");
        stream.Mechanism.Should().Be("PLAIN");
    }

    [Fact]
    public async Task The_section_fits_eighty_columns_and_tells_no_secret()
    {
        await using var server = new ChatServer(iq => (string?)iq.Attribute("to") == Silent ? "" : Answer(iq));
        var settings = new ServerSettings
        {
            Server = new HostSettings { PublicUrl = new Uri("https://upload.example.org/") },
            Security = new SecuritySettings { Secrets = [new Secret(SignedUrls.Secret)] },
        };

        var section = await ChatSection.ExamineAsync(
            server.Start(), settings, ProxyLimits.Shipped with { MaxBody = 1 << 20 }, new CheckupRequest(),
            TimeProvider.System, default);

        section.Findings.Select(finding => finding.Code).Should().Contain(
        [
            "xmpp-certificate", "xmpp-size-below", "xmpp-size-proxy", "xmpp-url-scheme", "xmpp-url", "xmpp-signature",
            "xmpp-upload-unreachable",
        ]);
        var text = TextReport.Plain([section]);
        text.Split('\n').Should().OnlyContain(line => line.Length <= 80);
        text.Should().NotContain("sesame").And.NotContain(SignedUrls.Secret)
            .And.NotContain(new string('a', 64), "that is the signature");
    }

    [Fact]
    public async Task A_wrong_password_is_one_finding()
    {
        await using var server = new ChatServer(Answer);

        var section = await ChatSection.ExamineAsync(
            server.Start() with { Password = "Sesame" }, new ServerSettings(), null, new CheckupRequest(),
            TimeProvider.System, default);

        section.Findings.Should().ContainSingle().Which.Code.Should().Be("xmpp-password");
    }

    private static string? Answer(XElement iq)
    {
        var (to, question) = ((string?)iq.Attribute("to"), iq.Elements().Single());
        return (to, question.Name.NamespaceName) switch
        {
            (Silent, _) => null,
            ("example.org", "http://jabber.org/protocol/disco#items") =>
                "<query xmlns='http://jabber.org/protocol/disco#items'>"
                    + $"<item jid='{Silent}'/><item jid='{Service}'/></query>",
            (Service, "http://jabber.org/protocol/disco#info") =>
                $"""
                <query xmlns='http://jabber.org/protocol/disco#info'>
                <identity category='store' type='file' name='Files'/><feature var='{Upload}'/>
                <x xmlns='jabber:x:data' type='result'>
                <field var='FORM_TYPE'><value>{Upload}</value></field>
                <field var='max-file-size'><value>1073741824</value></field></x></query>
                """,
            (Service, Upload) =>
                $"""
                <slot xmlns='{Upload}'>
                <put url='http://127.0.0.1:1/some/folder/{new string('k', 90)}.bin?v={new string('a', 64)}'/>
                <get url='http://127.0.0.1:1/some/folder/{new string('k', 90)}.bin'/></slot>
                """,
            _ => "",
        };
    }
}
