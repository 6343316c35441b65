using System.Net.Sockets;
using HmacFileServer.Commands.Terminal;

namespace HmacFileServer.Interop.Support;

/// <summary>Which real servers and clients this machine has, by the names of their packages in Debian.</summary>
internal static class Installed
{
    public const string Nginx = "nginx-light";
    public const string Prosody = "prosody";
    public const string ProsodyModules = "prosody-modules";
    public const string LuaSqlite = "lua-dbi-sqlite3";
    public const string Ejabberd = "ejabberd";
    public const string Slixmpp = "python3-slixmpp";
    public const string GoSendxmpp = "go-sendxmpp";
    public const string Curl = "curl";
    public const string Soup = "gir1.2-soup-3.0 python3-gi";
    public const string Aiohttp = "python3-aiohttp";
    public const string Node = "nodejs";
    public const string Proxies = "haproxy caddy apache2 libnginx-mod-stream";
    public const string Prometheus = "prometheus";
    public const string Chromium = "chromium chromium-driver";
    public const string WebKit = "webkit2gtk-driver xvfb xauth gstreamer1.0-plugins-good gstreamer1.0-libav";
    public const string Qt = "python3-pyqt5";
    public const string Ipv6 = "IPv6"; // not a package, but some machines lack it as well

    private static readonly string[] Programs = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"];

    /// <summary>Where ejabberd's Erlang libraries are, such as /usr/lib/x86_64-linux-gnu; null without it.</summary>
    public static string? ErlangLibraries { get; } =
        Libraries().FirstOrDefault(static folder => Below(folder, "ejabberd-*").Any());

    /// <summary>WebKitGTK's own browser.</summary>
    public static string? MiniBrowser { get; } = Libraries()
        .Select(static folder => Path.Combine(folder, "webkit2gtk-4.1", "MiniBrowser")).FirstOrDefault(File.Exists);

    public static bool Has(params string[] packages) => packages.All(Has);

    /// <summary>Why a test that needs them is skipped; null when it runs.</summary>
    /// <remarks>With HFS_INTEROP=required nothing is skipped: what is missing fails.</remarks>
    public static string? ReasonToSkip(string[] packages)
    {
        var missing = packages.Where(static package => !Has(package)).ToArray();
        return missing.Length == 0 || Environment.GetEnvironmentVariable("HFS_INTEROP") == "required"
            ? null
            : $"Not installed: {string.Join(", ", missing)}";
    }

    private static bool Has(string package) => package switch
    {
        Nginx => Program("nginx"),
        Prosody => Program("prosody"),
        ProsodyModules => File.Exists("/usr/lib/prosody/modules/mod_http_upload_external.lua")
            || Directory.Exists("/usr/lib/prosody/modules/mod_http_upload_external"),
        LuaSqlite => Libraries().SelectMany(static folder => Below(Path.Combine(folder, "lua")))
            .Any(static folder => File.Exists(Path.Combine(folder, "dbd", "sqlite3.so"))),
        Ejabberd => Program("erl") && ErlangLibraries is not null,
        Slixmpp => Directory.Exists("/usr/lib/python3/dist-packages/slixmpp"),
        GoSendxmpp => Program("go-sendxmpp"),
        Curl => Program("curl"),
        Proxies => Program("haproxy") && Program("caddy") && Program("apache2")
            && File.Exists("/usr/lib/nginx/modules/ngx_stream_module.so"),
        Soup => File.Exists("/usr/lib/python3/dist-packages/gi/__init__.py") && Directory.EnumerateFiles(
            "/usr/lib", "Soup-3.0.typelib",
            new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }).Any(),
        Aiohttp => Directory.Exists("/usr/lib/python3/dist-packages/aiohttp"),
        Node => Program("node"),
        Prometheus => Program("prometheus"),
        Chromium => Program("chromium") && Program("chromedriver"),
        WebKit => Program("WebKitWebDriver") && Program("xvfb-run") && Program("xauth") && MiniBrowser is not null
            && GStreamer("libgstmatroska.so") && GStreamer("libgstlibav.so"),
        Qt => File.Exists("/usr/lib/python3/dist-packages/PyQt5/__init__.py"),
        Ipv6 => Socket.OSSupportsIPv6,
        _ => throw new ArgumentOutOfRangeException(nameof(package), package, "Not a package these tests know"),
    };

    private static bool GStreamer(string plugin) =>
        Libraries().Any(folder => File.Exists(Path.Combine(folder, "gstreamer-1.0", plugin)));

    private static IEnumerable<string> Libraries() => Below("/usr/lib", "*-linux-gnu*");

    private static IEnumerable<string> Below(string folder, string pattern = "*") =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, pattern) : [];

    private static bool Program(string name) =>
        Programs.Any(folder => File.Exists(Path.Combine(folder, name)));
}

/// <summary>A test that needs these packages, skipped with their names where they are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithAttribute : FactAttribute
{
    public FactWithAttribute(params string[] packages) => Skip = Installed.ReasonToSkip(packages);
}

/// <summary>A theory that needs these packages, skipped with their names where they are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryWithAttribute : TheoryAttribute
{
    public TheoryWithAttribute(params string[] packages) => Skip = Installed.ReasonToSkip(packages);
}
