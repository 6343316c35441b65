using HmacFileServer.Doctor.Arrival;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Doctor;

public sealed class AddressWatchTests
{
    private const int Enough = 20;

    private readonly ManualClock clock = new();
    private int files;

    [Fact]
    public async Task A_proxy_that_never_tells_whose_uploads_it_passes_on_is_a_hint_a_day()
    {
        await using var server = await TestServer.StartAsync(clock: clock);

        await UploadAsync(server, Enough - 1);
        server.Log.Of(940).Should().BeEmpty("a few may be those of a program on this machine");
        await UploadAsync(server, 2);

        server.Log.Of(940).Should().ContainSingle().Which.Should().Contain("127.0.0.1").And.Contain("X-Forwarded-For");
        server.Metrics.Sum("hfs.uploads.without_address").Should().Be(Enough + 1);
        server.Service<AddressWatch>().Signs.Should().Be(Enough + 1);
        clock.Advance(TimeSpan.FromDays(1));
        await UploadAsync(server, 1);
        server.Log.Of(940).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_program_beside_a_proxy_that_tells_is_none()
    {
        await using var server = await TestServer.StartAsync(clock: clock);

        await UploadAsync(server, 1, "X-Forwarded-For: 192.0.2.1");
        await UploadAsync(server, Enough);

        server.Log.Of(940).Should().BeEmpty();
        server.Service<AddressWatch>().Signs.Should().Be(0);
    }

    [Fact]
    public async Task Neither_is_who_comes_without_any_proxy()
    {
        await using var server = await TestServer.StartAsync("trusted_proxies = []", clock: clock);

        await UploadAsync(server, Enough);

        server.Log.Of(940).Should().BeEmpty();
        server.Metrics.Sum("hfs.uploads.without_address").Should().Be(0);
    }

    private async Task UploadAsync(TestServer server, int times, params string[] headers)
    {
        for (var i = 0; i < times; i++)
        {
            (await server.PutAsync(SignedUrls.V($"u/{files++}", 5), "hello"u8.ToArray(), headers))
                .Status.Should().Be(201);
        }
    }
}
