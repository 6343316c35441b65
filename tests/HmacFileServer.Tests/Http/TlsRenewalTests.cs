using HmacFileServer.Settings;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

/// <summary>Certificates last three months; the server runs on.</summary>
public sealed class TlsRenewalTests : IDisposable
{
    private readonly TlsPair first = new();
    private readonly TlsPair second = new();

    [Fact]
    public async Task A_renewed_certificate_is_sent_without_a_restart_and_open_connections_go_on()
    {
        await using var server = await StartAsync();
        await using var open = await RawConnection.OpenAsync(server.EndPoint, first.Certificate);

        second.Write(server.InFolder);
        await server.Log.EventAsync(920);

        await using var fresh = await RawConnection.OpenAsync(server.EndPoint, second.Certificate);
        foreach (var wire in new[] { open, fresh })
        {
            await wire.SendAsync("GET /a/b HTTP/1.1", "Host: h");
            (await wire.ReadAsync()).Status.Should().Be(404);
        }
    }

    [Fact]
    public async Task A_renewal_that_replaces_the_files_is_seen_too()
    {
        await using var server = await StartAsync();

        second.Write(name => server.InFolder(name + ".new"));
        File.Move(server.InFolder("key.pem.new"), server.InFolder("key.pem"), overwrite: true);
        File.Move(server.InFolder("cert.pem.new"), server.InFolder("cert.pem"), overwrite: true);
        await server.Log.EventAsync(920);

        await using var fresh = await RawConnection.OpenAsync(server.EndPoint, second.Certificate);
    }

    [Theory]
    [InlineData("cert.pem")]
    [InlineData("key.pem")]
    public async Task A_new_certificate_that_can_not_be_used_leaves_the_old_one_and_is_told(string broken)
    {
        await using var server = await StartAsync();

        await File.WriteAllTextAsync(server.InFolder(broken), "no PEM");
        var told = await server.Log.EventAsync(501);

        told.Text.Should().StartWith("The settings stay as they were.")
            .And.EndWith("server.tls_certificate  and tls_key are no certificate in PEM and its unencrypted key");
        await using var fresh = await RawConnection.OpenAsync(server.EndPoint, first.Certificate);
        server.Log.Of(920).Should().BeEmpty();
    }

    [Fact]
    public async Task A_key_of_another_certificate_leaves_the_old_pair()
    {
        await using var server = await StartAsync();

        second.Write(name => server.InFolder(name == "key.pem" ? "other.pem" : name));
        server.Service<LiveSettings>().Reload().Should().BeFalse();

        await using var fresh = await RawConnection.OpenAsync(server.EndPoint, first.Certificate);
    }

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    private Task<TestServer> StartAsync() =>
        TestServer.StartAsync(TlsPair.Settings, prepare: folder => first.Write(folder.File));
}
