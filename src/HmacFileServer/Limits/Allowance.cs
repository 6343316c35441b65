using System.Collections.Concurrent;

namespace HmacFileServer.Limits;

/// <summary>
/// How much of something all clients together may hold, and one of them. What is kept is never more than the clients
/// that hold some.
/// </summary>
/// <param name="most">Of everybody.</param>
/// <param name="mostOfOne">Of one client. Those without an address (proxies, unix sockets) have no such limit.</param>
internal sealed class Allowance(Func<long> most, Func<long> mostOfOne)
{
    private readonly ConcurrentDictionary<ClientAddress, long> clients = new();
    private long held;

    public long Held => Interlocked.Read(ref held);

    /// <summary>Clients that hold some.</summary>
    public int Clients => clients.Count;

    public long HeldBy(ClientAddress? client) =>
        client is { } one && clients.TryGetValue(one, out var some) ? some : 0;

    public bool TryTake(ClientAddress? client, long amount)
    {
        if (Interlocked.Add(ref held, amount) > most())
        {
            Interlocked.Add(ref held, -amount);
            return false;
        }

        if (client is not { } one
            || clients.AddOrUpdate(one, amount, (_, before) => before + amount) <= mostOfOne())
        {
            return true;
        }

        Return(client, amount);
        return false;
    }

    public void Return(ClientAddress? client, long amount)
    {
        Interlocked.Add(ref held, -amount);
        while (client is { } one && clients.TryGetValue(one, out var before))
        {
            var isDone = before > amount
                ? clients.TryUpdate(one, before - amount, before)
                : clients.TryRemove(KeyValuePair.Create(one, before));
            if (isDone)
            {
                return;
            }
        }
    }
}
