namespace HmacFileServer.Interop;

/// <summary>A chat server that kept the files itself, and the product that takes them over.</summary>
[Collection(SharedDeployment.Name)]
public sealed class TakeOverTests(Deployment deployment)
{
    private const string Alice = "alice@keeper.localhost";

    [FactWith(Installed.Prosody, Installed.LuaSqlite, Installed.Slixmpp)]
    public async Task Files_that_Prosody_kept_keep_their_links_types_and_owners()
    {
        var uploads = new Dictionary<string, (Slot Slot, HttpAnswer Put)>();
        var (prosody, data) = await ProsodyServer.StartWithOwnStoreAsync(
            deployment.Folder, deployment.Certificate, FreePort.Take());
        await using (prosody)
        {
            await deployment.Client.LogInAsync(Alice, prosody.Port);
            foreach (var host in (string[])["internal.keeper.localhost", "sql.keeper.localhost"])
            {
                uploads[host] = await UploadAsync(host);
            }
        }

        var product = await ProductServer.StartAsync(
            deployment.Folder, "keeper", downloads: "also_below = [\"/file_share/\"]");
        await using (product)
        {
            foreach (var (host, (slot, put)) in uploads)
            {
                var migrated = await ProgramRun.OfAsync(
                    data, [], "migrate", "store", "-c", product.Configuration,
                    "--from", "prosody", Path.Combine(data, host.Replace(".", "%2e", StringComparison.Ordinal)));
                migrated.Output.Should().Contain("Linked 1 files, copied 0; 0 were there already");

                var link = new Uri(product.Url, new Uri(slot.Get).PathAndQuery).AbsoluteUri;
                var get = await deployment.Client.FetchAsync("GET", link);
                get.Status.Should().Be(200, "{0} was the link", slot.Get);
                get.Sha256.Should().Be(put.SentSha256);
                get.Headers["content-type"].Should().Be("image/webp", "not what its name says");
            }

            var usage = await ProgramRun.OfAsync(data, [], "usage", "--owner", Alice, "-c", product.Configuration);
            usage.Output.Should().StartWith($"{Alice}\t").And.MatchRegex("\t2\\s*$", "two files");
        }
    }

    private async Task<(Slot Slot, HttpAnswer Put)> UploadAsync(string host)
    {
        var slot = await deployment.Client.RequestSlotAsync(
            Alice, host, "K\u00e4tze & \"Maus\" <1>.jpeg", 5000, "image/webp");
        var put = await deployment.Client.PutAsync(new Upload(slot.Put, 5000)
        {
            Type = "image/webp",
            Headers = slot.Headers,
            Seed = host.Length,
        });
        put.Status.Should().Be(201, "of Prosody itself: {0} {1}", put.Failure, put.Text);
        return (slot, put);
    }
}
