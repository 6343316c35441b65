using System.Net.Sockets;
using HmacFileServer.Settings;
using HmacFileServer.Telemetry;
using HmacFileServer.Xmpp.Answers;
using HmacFileServer.Xmpp.Wire;

namespace HmacFileServer.Xmpp;

/// <summary>Keeps us connected to the XMPP server as its component, and answers what people ask through it.</summary>
internal sealed class XmppComponent(
    LiveSettings settings, IqAnswers answers, ComponentState state, TimeProvider time, ServerMetrics metrics,
    BackgroundErrors errors, ILogger<XmppComponent> log)
    : BackgroundService
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);
    // the server is next door: asking costs nothing
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ConflictWait = TimeSpan.FromSeconds(60);

    private readonly OncePerMinute skips = new(time);
    private bool hasWorked; // the connection that has just ended

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var xmpp = settings.Current.Xmpp; // what says where and who needs a restart
        var wait = FirstWait;
        while (!stoppingToken.IsCancellationRequested)
        {
            var end = await RunAsync(xmpp, stoppingToken);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            if (hasWorked)
            {
                wait = FirstWait; // patience is for a server that is not there, or does not want us
            }

            var least = end is XmppStreamException { IsConflict: true } ? ConflictWait : wait;
            var pause = least * (0.75 + (Random.Shared.NextDouble() / 2));
            var resting = Task.Delay(pause, time, stoppingToken);
            state.Lost(end.Message);
            log.ComponentLost(xmpp.Domain!, xmpp.Server, xmpp.Port, end.Message, Math.Round(pause.TotalSeconds, 1));
            await resting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }
    }

    /// <summary>One connection from its beginning to its end.</summary>
    /// <returns>Why it has ended.</returns>
    private async Task<Exception> RunAsync(XmppSettings xmpp, CancellationToken stop)
    {
        hasWorked = false;
        try
        {
            using var stream = await ComponentStream.OpenAsync(xmpp, time, Skip, stop);
            hasWorked = true;
            state.Connected();
            log.ComponentConnected(xmpp.Domain!, xmpp.Server, xmpp.Port);
            metrics.ComponentConnected();
            try
            {
                while (await stream.ReadAsync(stop) is { } stanza)
                {
                    Answer(stanza, stream);
                }
            }
            catch (OperationCanceledException)
            {
                using var goodbye = new CancellationTokenSource(FirstWait, time);
                await stream.CloseAsync(goodbye.Token);
                throw;
            }
            finally
            {
                metrics.ComponentLost();
            }

            return new XmppStreamException("the server has ended the stream");
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            return e;
        }
        catch (Exception e)
        {
            errors.Report(BackgroundTask.Component, e);
            return e;
        }
    }

    /// <summary>What one stanza does wrong, or we with it, is no matter of the others.</summary>
    private void Answer(StanzaElement stanza, ComponentStream stream)
    {
        try
        {
            answers.Answer(stanza, stream);
        }
        catch (Exception e)
        {
            errors.Report(BackgroundTask.Component, e);
            Refuse(stanza, "wait", "internal-server-error", stream);
        }
    }

    private void Skip(ComponentStream stream, SkippedStanza stanza)
    {
        metrics.StanzaSkipped(stanza.Reason);
        if (skips.Add(out var count))
        {
            log.StanzaSkipped(stanza.Bytes, stanza.Why, count);
        }

        Refuse(stanza.Tag, "modify", "bad-request", stream);
    }

    private void Refuse(StanzaElement? tag, string type, string condition, ComponentStream stream) =>
        errors.Guard(BackgroundTask.Component, () => IqAnswers.Refuse(tag, type, condition, stream));
}
