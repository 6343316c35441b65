using System.Text;
using HmacFileServer.Doctor;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Doctor;

/// <summary>
/// Whatever stands in the files that <c>check</c> is given: a report comes out, and never an exception.
/// </summary>
public sealed class GarbageTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n")]
    [InlineData("\u0000\u0001\u0002")]
    [InlineData("{ \"json\": [1, 2, 3] }")]
    [InlineData("<?xml version=\"1.0\"?><a/>")]
    [InlineData("http { server { listen ; server_name; location { proxy_pass; client_max_body_size; } } }")]
    [InlineData("http { server { listen 443; location / { proxy_pass http://127.0.0.1:8080; client_max_body_size "
        + "99999999999999999999g; client_body_timeout -5x; proxy_set_header; return; rewrite; limit_except; "
        + "auth_basic; lingering_time ?; } } }")]
    [InlineData("stream { upstream; server { proxy_pass; proxy_timeout x; listen; } }")]
    public async Task A_file_of_anything_is_a_report(string text)
    {
        var file = folder.File("garbage");
        await File.WriteAllTextAsync(file, text);

        await ReportAsync(file);
    }

    [Fact]
    public async Task A_folder_a_device_and_nothing_at_all_are_a_report()
    {
        foreach (var path in (string[])[folder.Path, "/dev/null", "/proc/self/mem", folder.File("none"), "", "\0"])
        {
            (await ReportAsync(path)).Should().Contain("FAIL");
        }
    }

    [Theory]
    [InlineData("nginx/hmac-file-server.conf")]
    [InlineData("nginx/stream.conf")]
    [InlineData("caddy/Caddyfile")]
    [InlineData("haproxy/hmac-file-server.cfg")]
    [InlineData("apache/hmac-file-server.conf")]
    public async Task What_is_shipped_with_a_few_bytes_out_of_place_is_a_report(string shipped)
    {
        var original = await File.ReadAllBytesAsync(Repository.File("deploy", shipped));
        var file = folder.File("mutated");
        var random = new Random(20260104);
        for (var round = 0; round < 25; round++)
        {
            var bytes = original.ToList();
            for (var change = random.Next(1, 12); change > 0; change--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0:
                        bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at));
                        break;
                    case 1:
                        bytes.InsertRange(at, bytes.Take(random.Next(1, 60)));
                        break;
                    case 2:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    default:
                        bytes.InsertRange(at, Encoding.ASCII.GetBytes("{};\"'\\$ \n"[random.Next(9)].ToString()));
                        break;
                }
            }

            await File.WriteAllBytesAsync(file, [.. bytes]);

            await ReportAsync(file);
        }
    }

    public void Dispose() => folder.Dispose();

    private async Task<string> ReportAsync(string file)
    {
        var request = new CheckupRequest { Nginx = file, Caddy = file, HaProxy = file, Apache = file };
        var settings = new ServerSettings();
        settings = settings with { Server = settings.Server with { StoragePath = folder.File("store") } };
        var text = TextReport.Plain(
            await new Checkup(settings, [], request).ExamineAsync(TimeProvider.System, default));
        text.Should().NotContain("Exception").And.NotContain("   at HmacFileServer");
        return text;
    }
}
