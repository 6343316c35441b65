using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

/// <summary>Who connects in the moment before a socket is narrowed stays connected.</summary>
public sealed class SocketModeTests : IDisposable
{
    private const UnixFileMode Others =
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly TempFolder folder = new();

    [Fact]
    public async Task No_unix_socket_is_ever_open_to_more_than_it_ends_up_to_be()
    {
        string[] paths = ["s.sock", "proxy.sock", "metrics.sock", "store/.hfs/status.sock", "store/.hfs/status.sock~"];
        using var watcher = new Watcher([.. paths.Select(folder.File)]);
        for (var start = 0; start < 5; start++)
        {
            await using var server = await TestServer.StartAsync(
                $"""
                listen_address = "unix:{folder.File("s.sock")}"
                proxy_protocol_address = "unix:{folder.File("proxy.sock")}"
                storage_path = "{folder.File("store")}"
                """,
                more: $"[metrics]\nlisten_address = \"unix:{folder.File("metrics.sock")}\"\n");
        }

        watcher.Stop().Should().NotBeEmpty().And.OnlyContain(seen => (seen.Mode & Others) == UnixFileMode.None);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>Looks at files as fast as it can, and notes every mode that it sees.</summary>
    private sealed class Watcher : IDisposable
    {
        private readonly HashSet<(string Path, UnixFileMode Mode)> seen = [];
        private readonly Thread thread;
        private volatile bool stopped;

        public Watcher(string[] paths)
        {
            thread = new Thread(() => Watch(paths));
            thread.Start();
        }

        public HashSet<(string Path, UnixFileMode Mode)> Stop()
        {
            stopped = true;
            thread.Join();
            return seen;
        }

        public void Dispose() => Stop();

        private void Watch(string[] paths)
        {
            while (!stopped)
            {
                foreach (var path in paths)
                {
                    try
                    {
                        seen.Add((path, File.GetUnixFileMode(path)));
                    }
                    catch (IOException)
                    {
                        // not there, or not any more
                    }
                }
            }
        }
    }
}
