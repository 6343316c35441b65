using HmacFileServer.Doctor.Nginx;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Settings;

namespace HmacFileServer.Doctor.NginxRules;

/// <summary>What a rule looks at: one way through nginx, the settings behind it, and the upload to tell of.</summary>
internal sealed record Upload(NginxRoute Route, NginxRoutes Routes, ServerSettings Settings, UploadCase Case)
{
    public Scope Location => Route.Location;

    /// <summary>
    /// A finding about a directive that takes the innermost value. If it stands in our own location, that line changes;
    /// else our location gets one of its own, and what others inherit stays.
    /// </summary>
    /// <param name="within">Where nginx looks it up, when that is not our location.</param>
    public Finding About(
        Severity severity, string code, string name, string title, string effect, string better, Scope? within = null)
    {
        var scope = within ?? Location;
        var found = scope.Find(name);
        var own = scope.Block.Named(name).LastOrDefault();
        return new Finding(severity, code, Link.Proxy, title)
        {
            Effect = effect,
            Place = (found ?? scope.Block).Place,
            Edit = own is not null ? own.Become(better) : scope.Block.Begin(better),
        };
    }

    /// <summary>"proxy_read_timeout is 30s", or that nobody set it and so it is the default.</summary>
    public string Is(string name, string otherwise, Scope? within = null) =>
        (within ?? Location).Find(name) is { } found
        ? $"{name} is {string.Join(' ', found.Arguments)}"
        : $"{name} is not set, so it is {otherwise}";
}
