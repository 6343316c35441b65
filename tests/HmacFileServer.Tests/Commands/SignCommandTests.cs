using System.Net;
using System.Text.RegularExpressions;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Commands;

public sealed partial class SignCommandTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Theory]
    [InlineData("v")]
    [InlineData("v2")]
    [InlineData("token")]
    [InlineData("v3")]
    [InlineData("jwt")]
    public async Task What_sign_prints_uploads_and_downloads(string scheme)
    {
        var port = FreePort.Take();
        var config = Write($"[server]\nlisten_address = '127.0.0.1:{port}'\nbase_path = '/up/'\n[security]\n"
            + "secret = 'a secret of the tests, long'\nrequire_signed_downloads = true\n");
        var signed = await BuiltProgram.RunAsync(
            folder.Path,
            ["sign", "grüße + 100%.txt", "--size", "5", "--type", "text/plain", "--scheme", scheme, "-c", config]);
        var put = PutLine().Match(signed.Output);
        var get = GetLine().Match(signed.Output);

        await BuiltProgram.ServeAsync(folder.Path, ["serve", "-c", config], async () =>
        {
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Put, put.Groups["url"].Value)
            {
                Content = new StringContent("hello"),
            };
            request.Content.Headers.ContentType = new("text/plain");
            request.Headers.TryAddWithoutValidation(
                "Authorization", put.Groups["token"] is { Success: true } token ? token.Value : null);
            using var stored = await http.SendAsync(request);
            stored.StatusCode.Should().Be(HttpStatusCode.Created);
            (await http.GetStringAsync(get.Groups["url"].Value)).Should().Be("hello");
        });
    }

    [Fact]
    public async Task Sign_escapes_the_public_url_and_says_which_type_the_put_must_carry()
    {
        var config = Write(
            "[server]\npublic_url = 'https://ex.org/a%20b/ü'\n[security]\nsecret = 'a secret of the tests, long'\n");

        var v2 = await BuiltProgram.RunAsync(folder.Path, ["sign", "s/n", "-s", "5", "-t", "text/plain", "-c", config]);
        var v = await BuiltProgram.RunAsync(folder.Path, ["sign", "s/n", "-s", "5", "--scheme", "v", "-c", config]);

        v2.Output.Should().StartWith("PUT https://ex.org/a%20b/%C3%BC/s/n?v2=")
            .And.Contain("\nContent-Type: text/plain\n");
        v.Output.Should().StartWith("PUT https://ex.org/a%20b/%C3%BC/s/n?v=").And.NotContain("Content-Type");
    }

    [Theory]
    [InlineData("[security]\nschemes = ['jwt']\n", 64, "does not accept v2: security.schemes is jwt")]
    [InlineData("[server]\nlisten_address = 'unix:/run/x.sock'\n[security]\n", 78, "set server.public_url")]
    public async Task Sign_prints_no_url_that_cannot_work(string toml, int exit, string sentence)
    {
        var config = Write($"{toml}secret = 'a secret of the tests, long'\n");

        var run = await BuiltProgram.RunAsync(folder.Path, ["sign", "name", "--size", "5", "-c", config]);

        (run.ExitCode, run.Output).Should().Be((exit, ""));
        run.Errors.Should().Contain(sentence);
    }

    [Fact]
    public async Task Sign_before_the_first_start_says_what_to_do()
    {
        var run = await BuiltProgram.RunAsync(folder.Path, ["sign", "name", "--size", "5"]);

        run.ExitCode.Should().Be(78);
        run.Errors.Should().Contain("run the server once, or give -c FILE").And.NotContain("security.secret_file");
    }

    public void Dispose() => folder.Dispose();

    private string Write(string toml)
    {
        File.WriteAllText(folder.File("config.toml"), toml);
        return folder.File("config.toml");
    }

    [GeneratedRegex(@"^PUT (?<url>\S+)\n(Authorization: (?<token>.+)\n)?",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex PutLine();

    [GeneratedRegex(@"\nGET (?<url>\S+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex GetLine();
}
