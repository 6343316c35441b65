using System.IO.Pipelines;
using HmacFileServer.Http.Wire;

namespace HmacFileServer.Uploads;

/// <summary>Waiting for the connection, and for how long.</summary>
internal sealed partial class UploadBody
{
    /// <summary>
    /// Not by a token on the read: Kestrel would take the reader to be in the middle of it for ever.
    /// </summary>
    public static CancellationTokenRegistration WakeBy(PipeReader reader, CancellationToken cancel) =>
        cancel.UnsafeRegister(static reader => Wake((PipeReader)reader!), reader);

    private static void Wake(PipeReader reader)
    {
        try
        {
            reader.CancelPendingRead();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The stream was reset: whoever waits has been woken by that.
        }
    }

    private void Advance(SequencePosition consumed)
    {
        reading = false;
        try
        {
            reader.AdvanceTo(consumed, buffer.End);
        }
        catch (IOException e)
        {
            throw new ClientLeftException(e); // Kestrel tells of a reset at whatever is called next
        }
    }

    /// <summary>
    /// Who sends a byte now and then is never silent, and would hold file and connection for ever. Waiting for him
    /// costs of our patience what bytes earn; what our own disk takes costs nothing.
    /// </summary>
    private bool Crawls(long came)
    {
        patience += pace.EarnedBy(came);
        patience = patience < pace.Patience ? patience : pace.Patience;
        return patience < TimeSpan.Zero;
    }

    private void LimitSilence()
    {
        if (stall is null)
        {
            stall = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
            wakeByStall = WakeBy(reader, stall.Token);
        }

        stall.CancelAfter(pace.Silence);
    }

    private async ValueTask<ReadResult> NextAsync()
    {
        try
        {
            if (reader.TryRead(out var result))
            {
                return result;
            }

            var since = time.GetTimestamp();
            LimitSilence();
            try
            {
                result = await reader.ReadAsync(CancellationToken.None);
            }
            finally
            {
                await Poller.Leave(); // what was read goes to a disk; of who has left, a file is deleted
            }

            stall!.CancelAfter(Timeout.InfiniteTimeSpan);
            patience -= time.GetElapsedTime(since);
            return result;
        }
        catch (IOException e) when (announced || e is not BadHttpRequestException)
        {
            // Only the connection is read here. Only chunks can be malformed while it lives.
            throw new ClientLeftException(e);
        }
    }
}
