using HmacFileServer.Interop.Support.Doctor;

namespace HmacFileServer.Interop;

/// <summary>
/// <c>check</c> against a real nginx: every broken configuration is one that nginx itself accepts; its cause and line
/// are named, its advice is followed to the letter, and then nothing is found any more and an upload gets through.
/// </summary>
[Collection(SharedDeployment.Name)]
public sealed class DoctorTests(Deployment deployment)
{
    private const int Size = 2 << 20;

    [FactWith(Installed.Nginx)]
    public async Task The_shipped_nginx_configuration_gives_no_finding()
    {
        var nginx = Under(text => text);

        var check = await nginx.CheckAsync();

        check.Issues("nginx").Should().BeEmpty();
        check.Exit.Should().Be(0, check.Output);
    }

    [TheoryWith(Installed.Nginx, Installed.Slixmpp)]
    [MemberData(nameof(Broken))]
    public async Task A_broken_nginx_is_named_with_its_line_and_mended_by_the_advice(string name)
    {
        var broken = BrokenNginx.All[name];
        var nginx = Under(broken.Breakage);
        (await nginx.TestAsync()).Exit.Should().Be(0, "nginx itself takes this configuration");

        var check = await nginx.CheckAsync();

        var issues = check.Issues("nginx");
        check.Exit.Should().BeOneOf([1, 2], check.Output);
        foreach (var (code, line) in broken.Codes)
        {
            issues.Should().Contain(issue => issue.Code == code && issue.Severity != "note", check.Output);
            var issue = issues.First(issue => issue.Code == code);
            issue.File.Should().Be(nginx.Site);
            issue.Line.Should().Be(nginx.LineOf(line), "that is where {0} stands", line);
        }

        if (broken.Status is { } status)
        {
            (await UploadAsync(nginx)).Should().Be(status, "that is what users complain of");
        }

        CheckRun.Apply(issues);
        var (exit, output) = await nginx.TestAsync();
        exit.Should().Be(0, output);
        var again = await nginx.CheckAsync();
        again.Issues("nginx")
            .Should().BeEmpty("its own advice was followed: {0}", await File.ReadAllTextAsync(nginx.Site));
        (await UploadAsync(nginx)).Should().Be(201);
    }

    [TheoryWith(Installed.Nginx)]
    [InlineData("1 MB limit")]
    [InlineData("wrong location prefix")]
    public async Task What_nginx_T_prints_is_read_like_the_files(string name)
    {
        var nginx = Under(BrokenNginx.All[name].Breakage);
        var dump = deployment.Folder.Write($"dump-{Guid.NewGuid():N}", (await nginx.TestAsync("-T")).Output);

        var fromFiles = await nginx.CheckAsync();
        var fromDump = await CheckRun.OfAsync(
            deployment.Folder.Path, [], "-c", nginx.Settings, "--nginx", dump, "--json");

        fromDump.Issues("nginx").Should().Equal(fromFiles.Issues("nginx"));
    }

    [TheoryWith(Installed.Nginx, Installed.Prosody, Installed.ProsodyModules, Installed.Slixmpp)]
    [InlineData("default nginx")]
    public async Task A_slot_of_Prosody_fails_behind_the_default_nginx_until_the_advice_of_check_is_followed(
        string name)
    {
        var nginx = Under(BrokenNginx.All[name].Breakage, deployment.StrictProduct.Port);
        var slow = TimeSpan.FromSeconds(4); // the token lives 2 s, and this server gives it no more

        (await UploadToSlotAsync(nginx, Size, TimeSpan.Zero)).Should().Be(413, "nginx takes 1 MB");
        (await UploadToSlotAsync(nginx, 512 << 10, slow)).Should().Be(403, "nginx stores it first, and the token dies");
        var check = await nginx.CheckAsync("--size", "970MB", "--mbps", "10");

        check.Issues("nginx").Select(issue => issue.Code)
            .Should().Contain(["nginx-body-limit", "nginx-request-buffering"]);
        CheckRun.Apply(check.Issues("nginx"));
        (await UploadToSlotAsync(nginx, Size, TimeSpan.Zero)).Should().Be(201);
        (await UploadToSlotAsync(nginx, 512 << 10, slow)).Should().Be(201);
    }

    public static TheoryData<string> Broken => [.. BrokenNginx.All.Keys];

    private NginxUnderTest Under(Func<string, string> breakage, int? backend = null) =>
        new(deployment.Folder, deployment.Certificate, backend ?? deployment.Product.Port, breakage);

    /// <summary>With the token of mod_http_file_share, which needs more than a URL does: its header.</summary>
    private async Task<int> UploadAsync(NginxUnderTest nginx)
    {
        await using var running = await nginx.StartAsync();
        var slot = Guid.NewGuid().ToString();
        var token = SignedUrls.FileShareToken(
            slot, "file.bin", Size, "application/octet-stream", TimeSpan.FromMinutes(5));
        var put = await deployment.Client.PutAsync(new Upload($"{nginx.Url}{slot}/file.bin", Size)
        {
            Headers = new Dictionary<string, string> { ["Authorization"] = token },
        });
        await running.EndAsync();
        return put.Status;
    }

    private async Task<int> UploadToSlotAsync(NginxUnderTest nginx, int size, TimeSpan duration)
    {
        await using var running = await nginx.StartAsync();
        var slot = await deployment.Client.RequestSlotAsync(
            "alice@share.localhost", "short.share.localhost", "slow.bin", size, "application/octet-stream");
        var issued = deployment.Through(RequestBuffering.Off).ToString();
        var url = slot.Put.Replace(issued, nginx.Url.ToString(), StringComparison.Ordinal);
        var put = await deployment.Client.PutAsync(
            new Upload(url, size) { Headers = slot.Headers, Duration = duration });
        await running.EndAsync();
        return put.Status;
    }
}
