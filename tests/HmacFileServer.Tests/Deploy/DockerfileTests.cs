using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Deploy;

/// <summary>
/// What a container of ours must be, also where none can be built; deploy/test-container builds and runs it.
/// </summary>
public sealed class DockerfileTests
{
    private static readonly string[] Instructions = File.ReadAllText(Repository.File("deploy", "Dockerfile"))
        .Replace("\\\n", " ", StringComparison.Ordinal)
        .Split('\n')
        .Where(line => line is not "" and not ['#', ..])
        .ToArray();

    [Fact]
    public void It_does_not_run_as_root() => Assert.NotEqual(0, int.Parse(Only("USER"), null));

    [Fact]
    public void Its_base_is_one_release_and_may_be_another()
    {
        Assert.Matches(@"^ARG BASE=[a-z]+:[0-9]", Instructions[0]);
        Assert.Equal("${BASE}", Only("FROM"));
    }

    [Fact]
    public void Signals_reach_the_server_without_a_shell_between()
    {
        Assert.StartsWith("[\"", Only("ENTRYPOINT"), StringComparison.Ordinal);
        Assert.StartsWith("[\"", Only("CMD"), StringComparison.Ordinal);
        Assert.Equal("SIGTERM", Only("STOPSIGNAL"));
    }

    [Fact]
    public void It_has_a_health_check_its_ports_and_a_volume_for_what_stays()
    {
        Assert.Contains("/health/live", Only("HEALTHCHECK"), StringComparison.Ordinal);
        Assert.Equal("8080 9464", Only("EXPOSE"));
        Assert.Equal(Only("WORKDIR"), Only("VOLUME"));
    }

    [Fact]
    public void The_program_is_roots_and_nothing_is_fetched_behind_the_back_of_the_builder()
    {
        Assert.StartsWith("--chown=0:0 --chmod=0755 ", Only("COPY"), StringComparison.Ordinal);
        Assert.DoesNotContain(Instructions, line => line.StartsWith("ADD ", StringComparison.Ordinal));
        Assert.All(Instructions, line => Assert.DoesNotContain(":latest", line, StringComparison.Ordinal));
        Assert.Contains("--no-install-recommends", Only("RUN"), StringComparison.Ordinal);
        Assert.Contains("rm -rf /var/lib/apt/lists", Only("RUN"), StringComparison.Ordinal);
    }

    private static string Only(string name) =>
        Assert.Single(Instructions, line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..];
}
