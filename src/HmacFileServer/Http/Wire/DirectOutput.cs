using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace HmacFileServer.Http.Wire;

/// <summary>Puts a <see cref="SocketOutput"/> into a connection that has a socket.</summary>
internal static class DirectOutput
{
    public static void Install(ConnectionContext connection)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket
            || connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool is not { } pool)
        {
            return;
        }

        var stock = connection.Transport;
        var output = new SocketOutput(
            socket, stock.Output, pool,
            why => connection.Abort(new ConnectionAbortedException($"Sending ended: {why}.")));
        connection.Transport = new Pipes(stock.Input, output);
        connection.Features.Set<IFileOutput>(output);
    }
}
