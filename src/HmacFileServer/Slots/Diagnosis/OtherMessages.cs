using System.Buffers;
using System.Text;
using HmacFileServer.Slots.Schemes;

namespace HmacFileServer.Slots.Diagnosis;

/// <summary>
/// What operators and clients usually have signed in place of the message: a few tries, so that the log can say which.
/// </summary>
internal static class OtherMessages
{
    private const int MaxPaths = 6;
    private const int OmemoTag = 16; // XEP-0454: clients that sign the plain size and send the cipher text

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Put];

    /// <summary>What might have been signed instead, the most likely first.</summary>
    public static IEnumerable<(byte[] Message, string Reason)> Of(SlotRequest request, ISlotScheme scheme)
    {
        if (scheme is V3Scheme)
        {
            foreach (var candidate in V3Candidates(request))
            {
                yield return candidate;
            }

            yield break;
        }

        var key = request.Key.Text;
        var length = request.Length!.Value;
        foreach (var (message, basePath) in OtherBasePaths(request, scheme))
        {
            yield return (message, $"it matches with {basePath}");
        }

        long[] sizes = [length - OmemoTag, length + OmemoTag, 0];
        foreach (var size in sizes.Where(size => size >= 0 && size != length))
        {
            foreach (var message in Urls(scheme, request, key, size))
            {
                yield return (message, $"it matches with size {size}: the client sent {length} bytes");
            }
        }
    }

    /// <summary>The messages of a URL scheme, but v3's, had base_path another value; and which.</summary>
    public static IEnumerable<(byte[] Message, string Reason)> OtherBasePaths(SlotRequest request, ISlotScheme scheme)
    {
        var whole = Encoding.UTF8.GetString(request.Target.Path);
        return Paths(request).SelectMany(path => Urls(scheme, request, path, request.Length!.Value)
            .Select(message => (message, $"base_path = \"{whole[..^path.Length]}\"")));
    }

    private static IEnumerable<(byte[] Message, string Reason)> V3Candidates(SlotRequest request)
    {
        var method = V3Scheme.SignedMethod(request);
        foreach (var path in Paths(request))
        {
            yield return (V3(request, method, "/" + path),
                $"it matches when the path is /{path}: the proxy or base_path changes it");
        }

        foreach (var other in Methods.Where(other => other != method))
        {
            yield return (V3(request, other, Encoding.UTF8.GetString(request.Target.Path)),
                $"it was signed for {other}, not {method}");
        }
    }

    /// <summary>The key under other base paths: the whole path, then with one leading segment less at a time.</summary>
    private static IEnumerable<string> Paths(SlotRequest request)
    {
        var path = Encoding.UTF8.GetString(request.Target.Path.AsSpan(1));
        for (var i = 0; i < MaxPaths && path.Length > 0; i++)
        {
            yield return path;
            var slash = path.IndexOf('/', StringComparison.Ordinal);
            path = slash < 0 ? "" : path[(slash + 1)..];
        }
    }

    private static IEnumerable<byte[]> Urls(ISlotScheme scheme, SlotRequest request, string path, long length)
    {
        if (scheme is V1Scheme)
        {
            return [Message(message => UrlMessage.WriteV1(message, path, length))];
        }

        return request.TypeReadings.Select(
            type => Message(message => UrlMessage.WriteV2(message, path, length, type)));
    }

    private static byte[] V3(SlotRequest request, string method, string path)
    {
        var expires = request.Target.Parameter("expires") ?? "";
        return Message(message => UrlMessage.WriteV3(message, method, expires, Encoding.UTF8.GetBytes(path)));
    }

    private static byte[] Message(Action<IBufferWriter<byte>> write)
    {
        var message = new ArrayBufferWriter<byte>();
        write(message);
        return message.WrittenSpan.ToArray();
    }
}
