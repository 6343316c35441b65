using Microsoft.Extensions.Primitives;

namespace HmacFileServer.Http;

/// <summary>How long the lists in a head may be that are taken apart before anything is signed.</summary>
internal static class LengthLimit
{
    private const int MaxConditions = 2048; // caches send the tags they know, browsers one

    /// <summary>Whether somebody asks for more parts, or names more tags, than anybody has use for.</summary>
    public static bool IsPassedByConditions(IHeaderDictionary headers) =>
        IsPassedBy(headers.Range, MaxConditions)
        || IsPassedBy(headers.IfNoneMatch, MaxConditions)
        || IsPassedBy(headers.IfMatch, MaxConditions)
        || IsPassedBy(headers.IfRange, MaxConditions)
        || IsPassedBy(headers.IfModifiedSince, MaxConditions)
        || IsPassedBy(headers.IfUnmodifiedSince, MaxConditions);

    public static bool IsPassedBy(StringValues values, int most)
    {
        var length = 0;
        foreach (var value in values)
        {
            length += value?.Length ?? 0;
        }

        return length > most;
    }
}
