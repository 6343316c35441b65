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
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndpoint);
        using var server = await listener.AcceptSocketAsync();
        server.Blocking = false;
        var output = new SocketOutput(server, new Pipe().Writer, memory.Create(), _ => { });

        "head"u8.CopyTo(output.GetSpan());
        output.Advance(4);
        memory.HeldBytes.Should().Be(ReceiveMemory.LargeBlock);
        output.Write(output, file, 0, Large, () => { });
        var flush = output.FlushAsync();

        flush.IsCompleted.Should().BeFalse();
        memory.HeldBytes.Should().Be(0);
        client.Close();
        (await flush).IsCompleted.Should().BeTrue("who has left takes no more");
    }
}
