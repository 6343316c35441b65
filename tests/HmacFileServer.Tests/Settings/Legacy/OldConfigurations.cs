namespace HmacFileServer.Tests.Settings.Legacy;

/// <summary>
/// Configurations as the old servers' templates, installer and README have them: their keys and spellings, our values.
/// </summary>
internal static partial class OldConfigurations
{
    public const string Secret = "a secret brought from the old server";

    /// <summary>3.x in full, every table, in the spelling of the struct tags.</summary>
    public const string Full = FullFirst + "\n\n" + FullRest;

    /// <summary>2.x, and the README's first steps.</summary>
    public const string Version2 =
        """
        [server]
        listenport = "8080"
        unixsocket = false
        storagepath = "/srv/old/uploads"
        logfile = "/var/log/old.log"
        minfreebytes = "500GB"
        deduplicationenabled = true
        filenaming = "HMAC"
        forceprotocol = "ipv4"
        cleanuponexit = true
        globalextensions = ["*"]
        [security]
        secret = "a secret brought from the old server"
        """;

    /// <summary>The network-resilient example beside the ejabberd module: a schema of its own.</summary>
    public const string EjabberdModule =
        """
        [server]
        port = 8080
        upload_path = "/srv/old/uploads"
        [auth]
        shared_secret = "a secret brought from the old server"
        """;

    public const string ProsodyFiler =
        """
        ### prosody-filer
        listenPort      = "[::]:5050"
        secret          = "a secret brought from the old server"
        storeDir        = "/srv/old/uploads"
        uploadSubDir    = "upload/"
        logLevel        = "warn"
        """;
}
