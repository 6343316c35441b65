using System.Xml.Linq;

namespace HmacFileServer.Interop.Components;

/// <summary>ejabberd's own mod_http_upload, asking the product for each slot by <c>service_url</c>.</summary>
[Collection(SharedComponentDeployment.Name)]
public sealed class ServiceUrlTests(ComponentDeployment deployment)
{
    private const string Eve = "eve@elsewhere.localhost";
    private const string Service = "upload.elsewhere.localhost";

    public static TheoryData<string> Files => new(FileNames.Keys);

    [TheoryWith(Installed.Nginx, Installed.Ejabberd, Installed.Slixmpp)]
    [MemberData(nameof(Files))]
    public async Task A_file_of_any_name_goes_up_and_comes_back(string name)
    {
        var file = FileNames.All[name];

        var slot = await deployment.Client.RequestSlotAsync(Eve, Service, file.Name, file.Size, file.Type);
        var put = await deployment.Client.PutAsync(
            new Upload(slot.Put, file.Size) { Type = file.Type, Seed = file.Name.Length });
        put.Status.Should().Be(201, "the slot is {0} and the answer says {1}", slot.Put, put.Text);

        slot.Headers.Should().BeEmpty("service_url has room for URLs alone");
        slot.Get.Should().MatchRegex(@"^https://localhost:\d+/upload/[\w-]{24}/[A-Za-z0-9_.-]+$");
        slot.Get.Should().EndWith("/" + string.Concat(file.Name.EnumerateRunes().Select(
            rune => rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || "_.-".Contains((char)rune.Value))
                ? $"{rune}"
                : "_")));
        var get = await deployment.Client.FetchAsync("GET", slot.Get);
        get.Headers["content-type"].Should().Be(file.Type);
        get.Sha256.Should().Be(put.SentSha256);
        var stored = $"for {Eve}, signed jwt";
        (await deployment.Site("ejabberd").Product.LogWithAsync(stored)).Should().Contain(stored);
    }

    [TheoryWith(Installed.Nginx, Installed.Ejabberd, Installed.Slixmpp)]
    [InlineData("filename='large.mp4' size='1073741825'", "modify", "not-acceptable")]
    [InlineData("filename='quota.bin' size='209715200'", "wait", "resource-constraint")]
    [InlineData("filename='virus.malware' size='5'", "cancel", "not-allowed")]
    public async Task Each_refusal_reaches_the_client_as_the_right_error(
        string attributes, string type, string condition)
    {
        await UseAByteOfTheDayAsync();

        var answer = await deployment.Client.AskAsync(
            Eve, Service, $"<request xmlns='urn:xmpp:http:upload:0' {attributes}/>");

        var error = answer.Elements().Single(child => child.Name.LocalName == "error");
        error.Attribute("type")!.Value.Should().Be(type);
        error.Elements().First().Name.Should().Be(XName.Get(condition, "urn:ietf:params:xml:ns:xmpp-stanzas"));
    }

    private async Task UseAByteOfTheDayAsync()
    {
        var slot = await deployment.Client.RequestSlotAsync(Eve, Service, "byte.bin", 1, null);
        (await deployment.Client.PutAsync(new Upload(slot.Put, 1))).Status.Should().Be(201);
    }
}
