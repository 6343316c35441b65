using System.Buffers;
using System.Text;

namespace HmacFileServer.Slots;

/// <summary>What operators and clients usually have signed in place of the message: a few tries, so that the log can say which.</summary>
internal static class OtherMessages
{
    private const int MaxPaths = 6;
    private const int OmemoTag = 16; // XEP-0454: clients that sign the plain size and send the cipher text

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Put];

    /// <summary>What might have been signed instead, the most likely first.</summary>
    public static IEnumerable<(byte[] Message, string Reason)> Of(SlotRequest request, ISlotScheme scheme, string basePath)
    {
        if (scheme is V3Scheme)
        {
            foreach (var candidate in V3Candidates(request, basePath))
            {
                yield return candidate;
            }

            yield break;
        }

        var key = request.Key.Text;
        var length = request.Length!.Value;
        foreach (var path in Paths(request, basePath).Where(path => path != key))
        {
            var matchingBase = Encoding.UTF8.GetString(request.Target.Path) is var whole && whole.EndsWith(path, StringComparison.Ordinal)
                ? whole[..^path.Length]
                : "another path";
            yield return (Url(scheme, path, length, request.ContentType), $"it matches with base_path = \"{matchingBase}\"");
        }

        foreach (var size in new[] { length - OmemoTag, length + OmemoTag, 0 }.Where(size => size >= 0 && size != length))
        {
            yield return (Url(scheme, key, size, request.ContentType), $"it matches with size {size}: the client sent {length} bytes");
        }

        if (scheme is V2Scheme)
        {
            foreach (var type in new[] { ContentTypeReadings.Default, "", Downloads.MediaTypes.OfExtension(request.Key.Extension) })
            {
                yield return (Url(scheme, key, length, type), $"it matches with content type \"{type}\": the client sent \"{request.ContentType}\"");
            }
        }
    }

    private static IEnumerable<(byte[] Message, string Reason)> V3Candidates(SlotRequest request, string basePath)
    {
        var method = V3Scheme.SignedMethod(request);
        foreach (var path in Paths(request, basePath))
        {
            yield return (V3(request, method, "/" + path), $"it matches when the path is /{path}: the proxy or base_path changes it");
        }

        foreach (var other in Methods.Where(other => other != method))
        {
            yield return (V3(request, other, Encoding.UTF8.GetString(request.Target.Path)), $"it was signed for {other}, not {method}");
        }
    }

    /// <summary>The key under other base paths: with the prefix still on, or with one leading segment less.</summary>
    private static IEnumerable<string> Paths(SlotRequest request, string basePath)
    {
        var path = Encoding.UTF8.GetString(request.Target.Path.AsSpan(1));
        yield return basePath.TrimStart('/') + path; // signed with a prefix that the proxy took away
        for (var i = 0; i < MaxPaths && path.Length > 0; i++)
        {
            yield return path;
            var slash = path.IndexOf('/', StringComparison.Ordinal);
            path = slash < 0 ? "" : path[(slash + 1)..];
        }
    }

    private static byte[] Url(ISlotScheme scheme, string path, long length, string? type)
    {
        var message = new ArrayBufferWriter<byte>();
        if (scheme is V1Scheme)
        {
            UrlMessage.WriteV1(message, path, length);
        }
        else
        {
            UrlMessage.WriteV2(message, path, length, type ?? ContentTypeReadings.Default);
        }

        return message.WrittenSpan.ToArray();
    }

    private static byte[] V3(SlotRequest request, string method, string path)
    {
        var message = new ArrayBufferWriter<byte>();
        UrlMessage.WriteV3(message, method, request.Target.Parameter("expires") ?? "", Encoding.UTF8.GetBytes(path));
        return message.WrittenSpan.ToArray();
    }
}
