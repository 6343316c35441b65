using System.Diagnostics;
using System.Globalization;
using System.Text;
using HmacFileServer.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace HmacFileServer.Http;

/// <summary>
/// What Kestrel refuses by itself, before there is a request: a malformed request line, a NUL in a header, no Host. It
/// sends a bare status and makes its headers anew after this event, so a code in them is not to be had. It is counted as
/// the refusal it is, and the log says why: once a minute at Information, else at Debug, for a flood must not become one
/// of the log.
/// </summary>
internal sealed class RejectedRequests(ServerMetrics metrics, TimeProvider time, ILogger<RejectedRequests> log)
    : IObserver<KeyValuePair<string, object?>>
{
    private const string Event = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";
    private const int MaxReasonLogged = 200;

    private static readonly long Minute = TimeSpan.FromMinutes(1).Ticks;

    private long count;
    private long nextAt;

    public void Watch(DiagnosticListener kestrel) => kestrel.Subscribe(this, static name => name == Event);

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: Event, Value: IFeatureCollection features })
        {
            Answer(features);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    private void Answer(IFeatureCollection features)
    {
        var error = features.Get<IBadRequestExceptionFeature>()?.Error;
        if (features.Get<IHttpResponseFeature>() is { HasStarted: false } response)
        {
            metrics.Refused(Of(response.StatusCode).Code);
        }

        var address = features.Get<IHttpConnectionFeature>()?.RemoteIpAddress?.ToString() ?? "unix";
        Tell(error?.Message ?? "unknown", address);
    }

    /// <summary>414 and 505 have no refusal of their own: the request is malformed.</summary>
    private static Refusal Of(int status) => status switch
    {
        StatusCodes.Status405MethodNotAllowed => Refusal.MethodNotAllowed,
        StatusCodes.Status408RequestTimeout => Refusal.TooSlow,
        StatusCodes.Status411LengthRequired => Refusal.LengthRequired,
        StatusCodes.Status413PayloadTooLarge => Refusal.TooLarge,
        StatusCodes.Status431RequestHeaderFieldsTooLarge => Refusal.HeadersTooLarge,
        _ => Refusal.BadRequest,
    };

    private void Tell(string reason, string address)
    {
        var so = Interlocked.Increment(ref count);
        var now = time.GetUtcNow().UtcTicks;
        var due = Interlocked.Read(ref nextAt);
        if (now >= due && Interlocked.CompareExchange(ref nextAt, now + Minute, due) == due)
        {
            log.RequestsRejected(so, address, OneLine(reason));
        }
        else
        {
            log.RequestRejected(address, OneLine(reason));
        }
    }

    /// <summary>It may quote what came.</summary>
    private static string OneLine(string reason)
    {
        var line = new StringBuilder();
        foreach (var character in reason.AsSpan(0, Math.Min(reason.Length, MaxReasonLogged)))
        {
            _ = char.IsControl(character)
                ? line.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}")
                : line.Append(character);
        }

        return reason.Length > MaxReasonLogged ? line.Append('…').ToString() : line.ToString();
    }
}
