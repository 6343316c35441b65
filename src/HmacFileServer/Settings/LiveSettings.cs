using HmacFileServer.Settings.Sources;
using HmacFileServer.Telemetry;

namespace HmacFileServer.Settings;

/// <summary>
/// The settings in force. A request reads <see cref="Current"/> once and keeps what it got. A reload swaps in the new
/// ones, or keeps the last good ones and says why. (IOptionsMonitor would throw on every request after a bad reload.)
/// </summary>
internal sealed class LiveSettings(ServerSettings atStart, Func<ServerSettings> load, ILogger<LiveSettings> log)
{
    // What is built once at start; a change waits for the next one.
    private static readonly (string Key, Func<ServerSettings, object?> Value)[] NeedRestart =
    [
        ("server.listen_address", s => string.Join(',', s.Server.ListenAddress)),
        ("server.proxy_protocol_address", s => string.Join(',', s.Server.ProxyProtocolAddress)),
        ("server.unix_socket_mode", s => s.Server.UnixSocketMode),
        ("server.storage_path", s => s.Server.StoragePath),
        ("server.follow_links", s => s.Server.Links),
        ("server.max_header_bytes", s => s.Server.MaxHeaderBytes),
        ("server.receive_memory", s => s.Server.ReceiveMemory),
        ("server.trusted_proxies", s => string.Join(',', s.Server.TrustedProxies)),
        ("server.tls_certificate", s => s.Server.Tls is null), // another one comes into force at once
        ("timeouts.idle_timeout", s => s.Timeouts.IdleTimeout),
        ("timeouts.header_timeout", s => s.Timeouts.HeaderTimeout),
        ("timeouts.shutdown", s => s.Timeouts.Shutdown),
        ("metrics.listen_address", s => s.Metrics.ListenAddress?.ToString()),
        ("logging", s => s.Logging),
        ("xmpp.domain", s => s.Xmpp.Domain),
        ("xmpp.server", s => s.Xmpp.Server),
        ("xmpp.port", s => s.Xmpp.Port),
        ("xmpp.secret", s => s.Xmpp.Secret),
    ];

    private readonly Lock reloading = new();
    private volatile ServerSettings? current;

    public ServerSettings Current => current ?? atStart;

    /// <summary>Tells what of the settings in force deserves a second thought.</summary>
    public void Warn()
    {
        foreach (var warning in SettingsWarnings.Of(Current))
        {
            log.Warned(warning);
        }
    }

    /// <returns><see langword="false"/> when the new settings are unusable and the old ones stay.</returns>
    public bool Reload()
    {
        lock (reloading)
        {
            try
            {
                var next = load();
                var waiting = NeedRestart.Where(setting => !Equals(setting.Value(atStart), setting.Value(next)));
                foreach (var (key, _) in waiting)
                {
                    log.NeedsRestart(key);
                }

                if (next.Server.Tls?.Certificate is { } certificate
                    && !certificate.Equals(Current.Server.Tls?.Certificate))
                {
                    log.CertificateTaken(certificate.Subject, certificate.NotAfter.ToUniversalTime());
                }

                current = next;
                log.Reloaded();
                Warn();
                return true;
            }
            catch (SettingsException e)
            {
                foreach (var problem in e.Problems)
                {
                    log.ReloadRefused(problem.Origin, problem.Key, problem.Sentence);
                }

                return false;
            }
        }
    }
}
