using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using HmacFileServer.Http.Wire;
using HmacFileServer.Memory;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Http.Wire;

public sealed class SocketOutputTests
{
    // More than the socket buffers of both sides take.
    private const int Large = 24 << 20;

    [Fact]
    public async Task Who_takes_nothing_of_a_file_holds_none_of_the_memory_that_uploads_need()
    {
        using var folder = new TempFolder();
        await File.WriteAllBytesAsync(folder.File("large"), new byte[Large]);
        using var file = File.OpenHandle(folder.File("large"));
        using var memory = new ReceiveMemory(4 * ReceiveMemory.LargeBlock, TimeProvider.System);
        var (client, server) = await ConnectedAsync();
        using var one = client;
        using var other = server;
        var output = new SocketOutput(server, new Pipe().Writer, memory.Create(), _ => { });

        "head"u8.CopyTo(output.GetSpan());
        output.Advance(4);
        memory.HeldBytes.Should().Be(ReceiveMemory.LargeBlock);
        output.Write(output, file, 0, Large, () => { }, following: 0);
        var flush = output.FlushAsync();

        flush.IsCompleted.Should().BeFalse();
        memory.HeldBytes.Should().Be(0);
        client.Close();
        (await flush).IsCompleted.Should().BeTrue("who has left takes no more");
    }

    [Fact]
    public async Task A_file_of_a_file_system_without_sendfile_is_read_and_sent()
    {
        // Of procfs: sendfile(2) gives EINVAL for it, and its length is 0.
        const string Path = "/proc/self/auxv";
        var content = await File.ReadAllBytesAsync(Path);
        using var file = File.OpenHandle(Path);
        using var memory = new ReceiveMemory(4 * ReceiveMemory.LargeBlock, TimeProvider.System);
        var (client, server) = await ConnectedAsync();
        using var one = client;
        using var other = server;
        var taken = 0;
        var output = new SocketOutput(server, new Pipe().Writer, memory.Create(), _ => { });

        "head"u8.CopyTo(output.GetSpan());
        output.Advance(4);
        output.Write(output, file, 0, content.Length, () => taken++, following: 0);
        var flushed = await output.FlushAsync();
        server.Shutdown(SocketShutdown.Send);

        flushed.IsCompleted.Should().BeFalse();
        taken.Should().BePositive();
        using var stream = new NetworkStream(client);
        using var got = new MemoryStream();
        await stream.CopyToAsync(got);
        got.ToArray().Should().Equal([.. "head"u8, .. content]);
    }

    [Fact]
    public async Task Packets_are_sent_only_when_full_until_the_last_part_of_a_file_and_at_once_from_then_on()
    {
        using var folder = new TempFolder();
        await File.WriteAllBytesAsync(folder.File("f"), new byte[100_000]);
        using var file = File.OpenHandle(folder.File("f"));
        using var memory = new ReceiveMemory(4 * ReceiveMemory.LargeBlock, TimeProvider.System);
        var (client, server) = await ConnectedAsync();
        using var one = client;
        using var other = server;
        var output = new SocketOutput(server, new Pipe().Writer, memory.Create(), _ => { });

        output.Write(output, file, 0, 30_000, () => { }, following: 70_000);
        await output.FlushAsync();
        IsCorked(server).Should().BeTrue();

        output.Write(output, file, 30_000, 60_000, () => { }, following: 10_000);
        await output.FlushAsync();
        IsCorked(server).Should().BeTrue();

        output.Write(output, file, 90_000, 10_000, () => { }, following: 0);
        await output.FlushAsync();
        IsCorked(server).Should().BeFalse();

        var got = new byte[100_000];
        using var stream = new NetworkStream(client);
        await stream.ReadExactlyAsync(got);
    }

    private static bool IsCorked(Socket socket)
    {
        const int Tcp = 6, Cork = 3; // IPPROTO_TCP, TCP_CORK
        var value = new byte[sizeof(int)];
        socket.GetRawSocketOption(Tcp, Cork, value);
        return BitConverter.ToInt32(value) != 0;
    }

    /// <summary>Two ends of a connection, the second as Kestrel has it.</summary>
    private static async Task<(Socket Client, Socket Server)> ConnectedAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndpoint);
        var server = await listener.AcceptSocketAsync();
        server.Blocking = false;
        return (client, server);
    }
}
