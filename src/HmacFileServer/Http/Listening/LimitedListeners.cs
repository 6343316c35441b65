using System.Net;
using HmacFileServer.Limits;
using Microsoft.AspNetCore.Connections;

namespace HmacFileServer.Http.Listening;

/// <summary>
/// Closes connections too many where they are accepted. Any later they would have to wait for a thread, and a crowd of
/// those that wait to be closed takes the files that all others need.
/// </summary>
internal sealed class LimitedListeners(IConnectionListenerFactory sockets, ConnectionLimits limits)
    : IConnectionListenerFactory
{
    public async ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await sockets.BindAsync(endpoint, cancellationToken), limits);

    private sealed class Listener(IConnectionListener listener, ConnectionLimits limits) : IConnectionListener
    {
        public EndPoint EndPoint => listener.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await listener.AcceptAsync(cancellationToken) is { } connection)
            {
                if (limits.TryAccept(connection))
                {
                    return connection;
                }

                await connection.DisposeAsync();
            }

            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) =>
            listener.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => listener.DisposeAsync();
    }
}
