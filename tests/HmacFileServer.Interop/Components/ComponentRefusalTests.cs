using System.Globalization;
using System.Xml.Linq;

namespace HmacFileServer.Interop.Components;

/// <summary>The component's refusals as they come through real chat servers.</summary>
[Collection(SharedComponentDeployment.Name)]
public sealed class ComponentRefusalTests(ComponentDeployment deployment)
{
    private const string Upload = "urn:xmpp:http:upload:0";
    private const string StanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas";

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.Ejabberd, Installed.Slixmpp)]
    [InlineData("prosody")]
    [InlineData("ejabberd")]
    public async Task A_file_too_large_is_refused_with_the_limit(string host) => await ExpectAsync(
        host,
        deployment.Site(host).Alice,
        "filename='large.mp4' size='1073741825'",
        $"""
        <error type="modify"><not-acceptable xmlns="{StanzaErrors}"/><text
        xmlns="{StanzaErrors}">The file is too large: at most 1GB.</text><file-too-large
        xmlns="{Upload}"><max-file-size>1073741824</max-file-size></file-too-large></error>
        """);

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.Ejabberd, Installed.Slixmpp)]
    [InlineData("prosody")]
    [InlineData("ejabberd")]
    public async Task Somebody_of_another_domain_is_refused(string host) => await ExpectAsync(
        host,
        deployment.Site(host).Stranger,
        "filename='cat.jpg' size='5'",
        $"""
        <error type="auth"><forbidden xmlns="{StanzaErrors}"/><text
        xmlns="{StanzaErrors}">You are not allowed to upload files here.</text></error>
        """);

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.Ejabberd, Installed.Slixmpp)]
    [InlineData("prosody", "filename='a/b' size='5'", "No file can have this name.")]
    [InlineData("ejabberd", "filename='a/b' size='5'", "No file can have this name.")]
    [InlineData("prosody", "filename='..' size='5'", "No file can have this name.")]
    [InlineData("ejabberd", "filename='..' size='5'", "No file can have this name.")]
    [InlineData("prosody", "filename='a' size='0'", "The size must be a positive number of bytes.")]
    public async Task A_bad_name_or_size_is_refused(string host, string attributes, string text) => await ExpectAsync(
        host,
        deployment.Site(host).Alice,
        attributes,
        $"""
        <error type="modify"><bad-request xmlns="{StanzaErrors}"/><text
        xmlns="{StanzaErrors}">{text}</text></error>
        """);

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.Ejabberd, Installed.Slixmpp)]
    [InlineData("prosody")]
    [InlineData("ejabberd")]
    public async Task Over_the_daily_quota_the_answer_says_when_there_is_room_again(string host)
    {
        var site = deployment.Site(host);
        var slot = await deployment.Client.RequestSlotAsync(site.Bob, site.Service, "first.bin", 1 << 20, null);
        (await deployment.Client.PutAsync(new Upload(slot.Put, 1 << 20) { Headers = slot.Headers }))
            .Status.Should().Be(201);
        var now = TimeProvider.System.GetUtcNow();

        var error = await RefusedAsync(
            host, site.Bob, $"filename='second.bin' size='{ComponentDeployment.DailyQuota}'");

        error.Attribute("type")!.Value.Should().Be("wait");
        error.Elements().Select(child => child.Name.LocalName).Should().Equal("resource-constraint", "text", "retry");
        var stamp = error.Element(XName.Get("retry", Upload))!.Attribute("stamp")!.Value;
        stamp.Should().EndWith("Z");
        DateTimeOffset.Parse(stamp, CultureInfo.InvariantCulture).Should()
            .BeWithin(TimeSpan.FromMinutes(6)).After(now + TimeSpan.FromDays(1) - TimeSpan.FromMinutes(1));
    }

    private async Task<XElement> RefusedAsync(string host, string account, string attributes)
    {
        var answer = await deployment.Client.AskAsync(
            account, deployment.Site(host).Service, $"<request xmlns='{Upload}' {attributes}/>");
        return answer.Elements().Last();
    }

    private async Task ExpectAsync(string host, string account, string attributes, string error)
    {
        var expected = XElement.Parse($"<iq xmlns='jabber:client'>{error.ReplaceLineEndings(" ")}</iq>")
            .Elements().Single();
        (await RefusedAsync(host, account, attributes)).Should().BeEquivalentTo(expected);
    }
}
