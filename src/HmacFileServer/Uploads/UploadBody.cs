using System.Buffers;
using System.IO.Pipelines;
using HmacFileServer.Http;
using HmacFileServer.Memory;
using Microsoft.AspNetCore.Http.Features;

namespace HmacFileServer.Uploads;

/// <summary>
/// A request body that must be exactly <see cref="Length"/> bytes long and may pause, but not for ever.
/// The reader is told at the first byte too many, at the end too early, after too long a silence and when it comes too
/// slowly to be an upload, always by an exception: nobody can take a part for the whole.
/// </summary>
internal sealed partial class UploadBody : IDisposable
{
    private readonly PipeReader reader;
    private readonly IHttpRequestTrailersFeature? trailers;
    private readonly ReceiveMemory memory;
    private readonly bool announced;
    private readonly UploadPace pace;
    private readonly TimeProvider time;
    private readonly CancellationToken superseded;
    private readonly CancellationToken aborted;
    private readonly CancellationTokenRegistration wakeBySuccessor;
    private readonly CancellationTokenRegistration wakeByAbort;
    private readonly long begun;
    private ReadOnlySequence<byte> buffer;
    private TimeSpan patience;
    private long lastArrival;
    private long taken;
    private bool ended;
    private bool reading;
    private CancellationTokenSource? stall; // none for a body that need not be waited for
    private CancellationTokenRegistration wakeByStall;

    /// <param name="superseded">Cancelled when a newer upload takes over.</param>
    /// <param name="aborted">Cancelled when the connection is.</param>
    public UploadBody(
        HttpRequest request, ReceiveMemory memory, long length, UploadPace pace, TimeProvider time,
        CancellationToken superseded, CancellationToken aborted)
    {
        reader = request.BodyReader;
        trailers = request.HttpContext.Features.Get<IHttpRequestTrailersFeature>();
        this.memory = memory;
        announced = request.ContentLength is not null;
        this.pace = pace;
        this.time = time;
        patience = pace.Patience;
        begun = lastArrival = time.GetTimestamp();
        Length = length;
        this.superseded = superseded;
        this.aborted = aborted;
        wakeBySuccessor = WakeBy(reader, superseded);
        wakeByAbort = WakeBy(reader, aborted);
    }

    public long Length { get; }

    /// <summary>Bytes that came over the wire, whether or not they were taken.</summary>
    public long Received { get; private set; }

    /// <summary>Since the body was first waited for.</summary>
    public TimeSpan Age => time.GetElapsedTime(begun);

    /// <summary>Since something came.</summary>
    public TimeSpan Quiet => time.GetElapsedTime(Volatile.Read(ref lastArrival));

    /// <summary>Whether what was received may stay untaken until more comes.</summary>
    public bool MayBeHeld => !memory.IsScarce;

    /// <summary>Every byte was taken, and the sender has ended there.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Waits for more bytes than were there. What is not taken comes again with the next read.</summary>
    /// <exception cref="UploadBodyException">Too slow, too short or too long.</exception>
    /// <exception cref="ClientLeftException">The connection broke.</exception>
    public async ValueTask<ReadOnlySequence<byte>> ReadAsync()
    {
        while (true)
        {
            var result = await NextAsync();
            reading = true;
            buffer = result.Buffer;
            superseded.ThrowIfCancellationRequested();
            aborted.ThrowIfCancellationRequested();
            if (stall is { IsCancellationRequested: true })
            {
                throw new UploadBodyException(UploadBodyFault.TooSlow);
            }

            var came = taken + buffer.Length - Received;
            Received += came;
            lastArrival = time.GetTimestamp();
            if (Received > Length)
            {
                throw new UploadBodyException(UploadBodyFault.TooLong);
            }

            if (result.IsCompleted && Received < Length)
            {
                throw new UploadBodyException(UploadBodyFault.TooShort);
            }

            if (Crawls(came) && !result.IsCompleted)
            {
                throw new UploadBodyException(UploadBodyFault.TooSlow);
            }

            // The last bytes are handed out only when it is certain that they are the last.
            if (Received < Length || result.IsCompleted)
            {
                ended = result.IsCompleted;
                if (ended && !Trailers.AreText(trailers))
                {
                    throw new UploadBodyException(UploadBodyFault.Malformed);
                }

                return buffer;
            }

            Advance(buffer.Start);
        }
    }

    /// <summary>Takes the first bytes of what was read.</summary>
    public void Take(long count)
    {
        var position = buffer.GetPosition(count);
        taken += count;
        IsComplete = ended && taken == Length;
        Advance(position);
    }

    /// <summary>
    /// Gives the reader back in order: Kestrel goes on reading what a refused sender still sends, so that it hears the
    /// answer, but aborts the connection of a reader that was left in the middle of a read.
    /// </summary>
    public void Dispose()
    {
        try
        {
            if (reading)
            {
                Advance(buffer.End);
            }
        }
        catch (Exception e) when (Refusal.IsDeparture(e))
        {
            // Nobody is left to be heard out.
        }

        wakeBySuccessor.Dispose();
        wakeByAbort.Dispose();
        wakeByStall.Dispose();
        stall?.Dispose();
    }
}
