using System.Text.Json;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Memory;

/// <summary>What a server holds in memory besides bodies.</summary>
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

    /// <summary>
    /// An assembly that can't be opened, because no file descriptor is left, makes every refusal a bare 500.
    /// </summary>
    [Fact]
    public async Task What_an_exception_needs_to_become_an_answer_is_loaded_before_anybody_comes()
    {
        await using var server = await ServerProcess.StartAsync(folder);

        server.MappedFiles().Should().Contain("Microsoft.AspNetCore.Diagnostics.Abstractions.dll");
    }

    /// <summary>The runtime asks the processor, and a virtual machine's tells of all the cache of its host.</summary>
    [Fact]
    public async Task What_gathers_before_a_collection_does_not_depend_on_the_size_of_the_processors_cache()
    {
        using var settings = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.ChangeExtension(BuiltProgram.Path, "runtimeconfig.json")));

        settings.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties")
            .GetProperty("System.GC.Gen0MaxBudget").GetInt64().Should().BeInRange(1 << 20, 8 << 20);
    }

    /// <summary>Only those that threads of the runtime have made before our first line is reached.</summary>
    [Fact]
    public async Task However_many_threads_there_are_native_code_shares_a_few_heaps()
    {
        await using var server = await ServerProcess.StartAsync(folder);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => Task.Run(() =>
            server.PutAsync(SignedUrls.V($"a/{number}.txt", 5), "hello"u8.ToArray()))));

        answers.Should().OnlyContain(answer => answer.Status == 201);
        server.Arenas().Should().BeLessThan(9);
    }

    public void Dispose() => folder.Dispose();
}
