namespace HmacFileServer.Interop;

/// <summary>Slots of stock chat servers, requested by slixmpp and used through nginx with TLS.</summary>
[Collection(SharedDeployment.Name)]
public sealed class SlotTests(Deployment deployment)
{
    public static TheoryData<string, string> ProsodyFiles => Every("v1", "v2", "share");

    public static TheoryData<string, string> EjabberdFiles => Every("ejabberd");

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules, Installed.Slixmpp)]
    [MemberData(nameof(ProsodyFiles))]
    public Task A_file_of_any_name_goes_up_and_comes_back_with_a_slot_of_Prosody(string host, string file) =>
        UploadAndDownloadAsync(host, FileNames.All[file]);

    [TheoryWith(Installed.Nginx, Installed.Ejabberd, Installed.Slixmpp)]
    [MemberData(nameof(EjabberdFiles))]
    public Task A_file_of_any_name_goes_up_and_comes_back_with_a_slot_of_ejabberd(string host, string file) =>
        UploadAndDownloadAsync(host, FileNames.All[file]);

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules, Installed.Slixmpp)]
    [InlineData("v1", "..")]
    [InlineData("v1", ".")]
    [InlineData("v2", "..")]
    [InlineData("v2", ".")]
    [InlineData("share", "..")]
    [InlineData("share", ".")]
    public Task A_name_of_dots_gets_a_valid_slot_of_Prosody_and_is_refused(string host, string name) =>
        RefuseDotsAsync(host, name);

    [TheoryWith(Installed.Nginx, Installed.Ejabberd, Installed.Slixmpp)]
    [InlineData("ejabberd", "..")]
    [InlineData("ejabberd", ".")]
    public Task A_name_of_dots_gets_a_valid_slot_of_ejabberd_and_is_refused(string host, string name) =>
        RefuseDotsAsync(host, name);

    private static TheoryData<string, string> Every(params string[] hosts)
    {
        var rows = new TheoryData<string, string>();
        foreach (var host in hosts)
        {
            foreach (var file in FileNames.Keys)
            {
                rows.Add(host, file);
            }
        }

        return rows;
    }

    private Task<Slot> RequestAsync(string host, string name, long size, string type) =>
        deployment.Client.RequestSlotAsync($"alice@{host}.localhost", $"upload.{host}.localhost", name, size, type);

    private async Task UploadAndDownloadAsync(string host, FileToShare file)
    {
        var slot = await RequestAsync(host, file.Name, file.Size, file.Type);

        var put = await deployment.Client.PutAsync(new Upload(slot.Put, file.Size)
        {
            Type = file.Type,
            Headers = slot.Headers,
            Seed = file.Name.Length, // so that a file served under another's name does not pass
        });
        put.Failure.Should().BeNull();
        put.Status.Should().Be(201, "the slot is {0} and the answer says {1}", slot.Put, put.Text);
        put.Length.Should().Be(0);
        put.Sent.Should().Be(file.Size);

        var head = await deployment.Client.FetchAsync("HEAD", slot.Get);
        head.Status.Should().Be(200);
        head.Headers["content-length"].Should().Be($"{file.Size}");
        head.Headers["content-type"].Should().Be(file.Type);

        var get = await deployment.Client.FetchAsync("GET", slot.Get);
        get.Status.Should().Be(200);
        get.Headers["content-type"].Should().Be(file.Type);
        get.Length.Should().Be(file.Size);
        get.Sha256.Should().Be(put.SentSha256);
    }

    /// <summary>
    /// The URL is sent raw. Real clients resolve the dots before they send, which makes it a PUT on the folder above
    /// with a signature of something else: refused as well.
    /// </summary>
    private async Task RefuseDotsAsync(string host, string name)
    {
        var before = deployment.Product.FilesLeft();
        var slot = await RequestAsync(host, name, 5, "text/plain");
        new Uri(slot.Get).OriginalString.Should().EndWith("/" + name);

        var upload = new Upload(slot.Put, 5) { Type = "text/plain", Headers = slot.Headers };
        var put = await deployment.Client.PutAsync(upload);
        put.Status.Should().Be(400);

        put = await deployment.Client.PutAsync(upload with { Url = new Uri(slot.Put).AbsoluteUri });
        put.Status.Should().BeInRange(400, 499);

        deployment.Product.FilesLeft().Should().BeEquivalentTo(before);
        deployment.Product.Incoming().Should().BeEmpty();
    }
}
