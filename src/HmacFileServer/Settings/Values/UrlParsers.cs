using HmacFileServer.Commands.Terminal;

namespace HmacFileServer.Settings.Values;

/// <summary>The keys that hold a URL or a part of one.</summary>
internal static class UrlParsers
{
    /// <summary>"/", "/upload/" or "upload": the decoded prefix, brought to begin and end with a slash.</summary>
    public static bool BasePath(string text, out string value, out string problem)
    {
        var inner = text.Trim('/');
        value = inner.Length == 0 ? "/" : $"/{inner}/";
        problem = $"\"{text}\" is not a path such as \"/upload/\"";
        return !text.AsSpan().ContainsAny("?#%\\")
            && !text.Any(char.IsControl)
            && inner.Split('/')
                .All(segment => segment is not "." and not ".." && (segment.Length > 0 || inner.Length == 0));
    }

    /// <summary>https://host/path/: what stands before the key in the URLs that people see.</summary>
    public static bool PublicUrl(string text, out Uri? value, out string problem)
    {
        problem = $"\"{text}\" is not a URL such as https://upload.example.org/upload/";
        var complete = text.EndsWith('/') ? text : text + "/";
        return Uri.TryCreate(complete, UriKind.Absolute, out value)
            && value.Scheme is "http" or "https"
            && value.Query.Length == 0 && value.Fragment.Length == 0 && value.UserInfo.Length == 0;
    }

    /// <summary>"/protected/": an internal nginx location.</summary>
    public static bool AccelRedirect(string text, out string? value, out string problem)
    {
        problem = $"\"{text}\" is not an internal location such as \"/protected/\"";
        value = text.EndsWith('/') ? text : text + "/";
        return text.StartsWith('/') && !text.AsSpan().ContainsAny("?#% \\") && !text.Any(char.IsControl);
    }
}
