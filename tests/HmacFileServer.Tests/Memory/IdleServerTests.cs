using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Memory;

/// <summary>What a server that nobody uploads to holds in memory.</summary>
public sealed class IdleServerTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Fact]
    public async Task OpenSsl_is_loaded_for_the_first_signature_and_not_before()
    {
        await using var server = await ServerProcess.StartAsync(folder);

        (await server.GetAsync("/no/such.file")).Status.Should().Be(404);
        server.MappedFiles().Should().NotContain(name => name.StartsWith("libcrypto.so"));

        (await server.PutAsync(SignedUrls.V("a/1.txt", 5), "hello"u8.ToArray())).Status.Should().Be(201);
        server.MappedFiles().Should().Contain(name => name.StartsWith("libcrypto.so"));
    }

    public void Dispose() => folder.Dispose();
}
