namespace HmacFileServer.Xmpp;

/// <summary>Whether the component has its connection, for whoever asks how the server does.</summary>
internal sealed class ComponentState(TimeProvider time)
{
    private volatile Moment current = new(false, null, null);

    public Moment Current => current;

    public void Connected() => current = new(true, time.GetUtcNow(), null);

    /// <summary>Since the first of a row of failures.</summary>
    public void Lost(string reason) =>
        current = new(false, current is { IsConnected: false, Since: { } since } ? since : time.GetUtcNow(), reason);

    /// <param name="Since">Null when nothing was tried yet.</param>
    /// <param name="Reason">Why there is no connection.</param>
    internal sealed record Moment(bool IsConnected, DateTimeOffset? Since, string? Reason);
}
