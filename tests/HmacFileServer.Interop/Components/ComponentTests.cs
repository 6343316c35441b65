using System.Security.Cryptography;
using System.Xml.Linq;
using HmacFileServer.Interop.Support.Doctor;

namespace HmacFileServer.Interop.Components;

/// <summary>The product as a component of real chat servers: found, used and healed.</summary>
[Collection(SharedComponentDeployment.Name)]
public sealed class ComponentTests(ComponentDeployment deployment)
{
    private const string Upload = "urn:xmpp:http:upload:0";
    private const string Info = "http://jabber.org/protocol/disco#info";
    private const string Items = "http://jabber.org/protocol/disco#items";

    public static TheoryData<string, string> Files
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var file in FileNames.Keys)
            {
                rows.Add("prosody", file);
                rows.Add("ejabberd", file);
            }

            return rows;
        }
    }

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.Ejabberd, Installed.Slixmpp)]
    [InlineData("prosody")]
    [InlineData("ejabberd")]
    public async Task Slixmpp_finds_the_service_from_nothing_but_its_own_server(string host)
    {
        var site = deployment.Site(host);

        var items = await deployment.Client.AskAsync(site.Alice, $"{host}.localhost", $"<query xmlns='{Items}'/>");
        items.Descendants().Attributes("jid").Select(jid => jid.Value).Should().Contain(site.Service);

        var info = await deployment.Client.AskAsync(site.Alice, site.Service, $"<query xmlns='{Info}'/>");
        var identity = info.Descendants(XName.Get("identity", Info)).Single();
        identity.Attribute("category")!.Value.Should().Be("store");
        identity.Attribute("type")!.Value.Should().Be("file");
        info.Descendants(XName.Get("feature", Info)).Attributes("var").Select(feature => feature.Value)
            .Should().Contain(Upload);
        info.Descendants(XName.Get("field", "jabber:x:data"))
            .First(field => field.Attribute("var")!.Value == "max-file-size")
            .Value.Should().Be($"{ComponentDeployment.MaxSize}");
    }

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.Ejabberd, Installed.Slixmpp)]
    [InlineData("prosody")]
    [InlineData("ejabberd")]
    public async Task Check_finds_the_component_good_from_login_to_download(string host)
    {
        var site = deployment.Site(host);
        var nginx = NginxUnderTest.WriteThatTellsNothing(deployment.Folder, site.Product.Port);

        var check = await CheckRun.OfAsync(
            deployment.Folder.Path,
            [new("XMPP_PASSWORD", SlotClient.Password), new("SSL_CERT_FILE", deployment.Certificate.Authority)],
            "-c", site.Product.Configuration, "--nginx", nginx, "--json",
            "--xmpp", site.Alice, "--xmpp-server", $"127.0.0.1:{site.ChatPort}");

        check.Issues("xmpp").Should().BeEmpty(check.Output);
        check.Output.Should().Contain($"Upload service: {site.Service}")
            .And.Contain("A file goes up by its slot, and comes back");
    }

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.Ejabberd, Installed.Slixmpp)]
    [MemberData(nameof(Files))]
    public async Task A_file_of_any_name_goes_up_and_comes_back(string host, string name)
    {
        var site = deployment.Site(host);
        var file = FileNames.All[name];

        var slot = await deployment.Client.RequestSlotAsync(site.Alice, site.Service, file.Name, file.Size, file.Type);
        var put = await deployment.Client.PutAsync(new Upload(slot.Put, file.Size)
        {
            Type = file.Type,
            Headers = slot.Headers,
            Seed = file.Name.Length,
        });
        put.Status.Should().Be(201, "the slot is {0} and the answer says {1}", slot.Put, put.Text);

        var get = await deployment.Client.FetchAsync("GET", slot.Get);
        get.Status.Should().Be(200);
        get.Headers["content-type"].Should().Be(file.Type);
        get.Sha256.Should().Be(put.SentSha256);
        var stored = $"for {site.Alice}, signed jwt";
        (await site.Product.LogWithAsync(stored)).Should().Contain(stored);
    }

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.Ejabberd, Installed.Slixmpp, Installed.GoSendxmpp)]
    [InlineData("prosody")]
    [InlineData("ejabberd")]
    public async Task What_go_sendxmpp_uploads_by_itself_is_what_the_receiver_downloads(string host)
    {
        var site = deployment.Site(host);
        var sent = RandomNumberGenerator.GetBytes(300_000);
        var path = Path.Combine(deployment.Folder.Path, $"go-{host}.jpg");
        await File.WriteAllBytesAsync(path, sent);
        var message = deployment.Client.NextMessageAsync(site.Bob);

        await using var sendxmpp = ChildProcess.Start(
            Path.Combine(deployment.Folder.Path, $"go-sendxmpp-{host}.log"),
            new Dictionary<string, string> { ["SSL_CERT_FILE"] = deployment.Certificate.Authority },
            "/usr/bin/go-sendxmpp",
            "--username", site.Alice, "--password", SlotClient.Password,
            "--jserver", $"127.0.0.1:{site.ChatPort}", "--no-tls-verify",
            "--http-upload", path, site.Bob);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        var exit = await sendxmpp.WaitForExitAsync(patience.Token);

        exit.Should().Be(0, sendxmpp.ReadLog());
        var get = await deployment.Client.FetchAsync("GET", await message);
        get.Sha256.Should().Be(Convert.ToHexStringLower(SHA256.HashData(sent)));
    }

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.Ejabberd, Installed.Slixmpp)]
    [InlineData("prosody")]
    [InlineData("ejabberd")]
    public async Task It_heals_within_seconds_when_the_chat_server_was_restarted(string host)
    {
        var site = deployment.Site(host);

        await site.StopChatAsync();
        await site.StartChatAsync();

        (await site.UntilConnectedAsync()).Should().BeLessThan(TimeSpan.FromSeconds(15));
        await deployment.Client.RequestSlotAsync(site.Alice, site.Service, "after.txt", 5, null);
    }

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.Ejabberd, Installed.Slixmpp)]
    [InlineData("prosody")]
    [InlineData("ejabberd")]
    public async Task It_heals_within_seconds_when_the_product_was_restarted(string host)
    {
        var site = deployment.Site(host);

        await site.StopProductAsync(); // by SIGKILL: the chat server is told nothing
        await site.StartProductAsync();

        (await site.UntilConnectedAsync()).Should().BeLessThan(TimeSpan.FromSeconds(5));
        await deployment.Client.RequestSlotAsync(site.Alice, site.Service, "after.txt", 5, null);
    }
}
