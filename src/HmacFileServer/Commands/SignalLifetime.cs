using System.Runtime.InteropServices;

namespace HmacFileServer.Commands;

/// <summary>
/// Stops the host by the signals that ask for it, and knows whether one did: a host that a fault of ours stops ends
/// just as quietly, and whoever started it must be able to tell.
/// </summary>
internal sealed class SignalLifetime(IHostApplicationLifetime host) : IHostLifetime, IDisposable
{
    private static readonly PosixSignal[] Asking = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT];

    private readonly List<PosixSignalRegistration> registrations = [];
    private volatile bool wasAsked;

    /// <summary>True before the host begins to stop.</summary>
    public bool WasAsked => wasAsked;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        registrations.AddRange(Asking.Select(signal => PosixSignalRegistration.Create(signal, Stop)));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => registrations.ForEach(registration => registration.Dispose());

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true; // the default would end the process
        wasAsked = true;
        host.StopApplication();
    }
}
