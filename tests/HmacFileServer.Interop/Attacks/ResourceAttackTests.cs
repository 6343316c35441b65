namespace HmacFileServer.Interop.Attacks;

/// <summary>
/// File descriptors and memory: clients without any permission take all they can get of them, and nobody else notices.
/// </summary>
[Collection(Alone)]
public sealed class ResourceAttackTests
{
    private const string Alone = "Attacks on resources";

    /// <summary>1,600 heads of 54 KB within a second or two: the collector is behind. It was 1.5 GB.</summary>
    private const long MostOfReferences = 400L << 20;

    [Fact]
    public async Task Whatever_strangers_hold_the_server_answers_stores_and_stays_small()
    {
        await using var server = await AttackedServer.StartAsync();
        var attacker = new Attacker(server.EndPoint);

        await server.WithstandsAsync("unread streams", attacker.UnreadStreamsAsync);
        await server.WithstandsAsync("unread answers", attacker.UnreadAnswersAsync);
        await server.WithstandsAsync("heads that are a megabyte and no end", attacker.UnfinishedHeadsAsync);
        await server.WithstandsAsync("heads made of references", attacker.HeaderReferencesAsync, MostOfReferences);
        await server.RecoversAsync(); // or the next attack would be measured with what this one has left
        await server.WithstandsAsync("continuations without end", attacker.ContinuationsAsync);
        await server.WithstandsAsync("requests that are reset", attacker.ResetsAsync);
        await server.WithstandsAsync("idle connections", attacker.IdleConnectionsAsync);
        await server.RecoversAsync();
    }

    [Fact]
    public async Task With_next_to_no_file_descriptors_it_survives_and_serves_again()
    {
        await using var server = await AttackedServer.StartAsync(openFiles: 256);
        var attacker = new Attacker(server.EndPoint);

        foreach (var held in await attacker.UnreadStreamsAsync())
        {
            held.Dispose();
        }

        foreach (var held in await attacker.UnreadAnswersAsync())
        {
            held.Dispose();
        }

        await server.ServesAgainAsync();
    }

    /// <summary>Other tests would take the processors of the server, and of the clients that ask it.</summary>
    [CollectionDefinition(Alone, DisableParallelization = true)]
    public sealed class OneAtATime;
}
