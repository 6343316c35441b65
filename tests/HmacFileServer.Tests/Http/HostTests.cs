using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http;

public sealed class HostTests
{
    private const string OnSocket = "listen_address = \"unix:{folder}/s.sock\"";

    [Theory]
    [InlineData("", "660")]
    [InlineData("unix_socket_mode = \"0600\"", "600")]
    [InlineData("unix_socket_mode = \"0666\"", "666")]
    public async Task A_unix_socket_has_the_mode_that_says_who_may_connect(string mode, string octal)
    {
        await using var server = await TestServer.StartAsync($"{OnSocket}\n{mode}");
        await using var wire = await RawConnection.OpenAsync(new UnixDomainSocketEndPoint(server.InFolder("s.sock")));

        await wire.SendAsync("GET /health HTTP/1.1", "Host: h");

        (await wire.ReadAsync()).Text.Should().Be("ok\n");
        Convert.ToString((int)File.GetUnixFileMode(server.InFolder("s.sock")), 8).Should().Be(octal);
    }

    [Fact]
    public async Task A_socket_that_a_killed_process_left_is_replaced()
    {
        await using var server = await TestServer.StartAsync(OnSocket, prepare: folder =>
        {
            using var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            dead.Bind(new UnixDomainSocketEndPoint(folder.File("other")));
            SmallDisk.Run("ln", folder.File("other"), folder.File("s.sock")); // disposing it removes the one name alone
        });

        await using var wire = await RawConnection.OpenAsync(new UnixDomainSocketEndPoint(server.InFolder("s.sock")));
    }

    [Fact]
    public async Task A_socket_that_somebody_listens_on_is_left_alone()
    {
        using var alive = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var starting = () => TestServer.StartAsync(OnSocket, prepare: folder =>
        {
            alive.Bind(new UnixDomainSocketEndPoint(folder.File("s.sock")));
            alive.Listen();
        });

        await starting.Should().ThrowAsync<IOException>();
        File.Exists(((UnixDomainSocketEndPoint)alive.LocalEndPoint!).ToString()).Should().BeTrue();
    }

    [Fact]
    public async Task A_file_that_is_no_socket_is_not_deleted()
    {
        string? path = null;
        var starting = () => TestServer.StartAsync(OnSocket, prepare: folder =>
        {
            path = folder.File("s.sock");
            File.WriteAllText(path, "precious");
        });

        await starting.Should().ThrowAsync<IOException>();
        (await File.ReadAllTextAsync(path!)).Should().Be("precious");
    }

    [Fact]
    public async Task A_socket_that_systemd_opened_is_taken_over()
    {
        using var folder = new TempFolder();
        using var opened = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        opened.Bind(new UnixDomainSocketEndPoint(folder.File("systemd.sock")));
        opened.Listen();
        var handle = (int)opened.Handle;
        SetDescriptorFlags(handle, 2, 0).Should().Be(0); // F_SETFD without FD_CLOEXEC: the child inherits it
        var start = (string config) => Process.Start(new ProcessStartInfo("bash", ["-c",
            $"exec 3<&{handle}; LISTEN_FDS=1 LISTEN_PID=$$ exec dotnet {AppContext.BaseDirectory}hmac-file-server.dll "
                + $"serve -c {config}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;

        await using var server = await ServerProcess.StartAsync(folder, start: start);
        await using var wire = await RawConnection.OpenAsync(new UnixDomainSocketEndPoint(folder.File("systemd.sock")));
        await wire.SendAsync("GET /health HTTP/1.1", "Host: h");

        (await wire.ReadAsync()).Text.Should().Be("ok\n");
        server.Output.Should().Contain("systemd.sock (given by systemd)");
        File.Exists(folder.File("s.sock")).Should().BeFalse("it listens on what it was handed and nowhere else");
    }

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetDescriptorFlags(int handle, int command, int flags);
}
