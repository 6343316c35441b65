using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;
using HmacFileServer.Slots;

namespace HmacFileServer.Doctor.Arrival;

/// <summary>
/// <c>?probe=hex(HMAC-SHA256(secret, "hfs-probe" LF method LF until LF key))&amp;until=seconds</c>: the permission to
/// ask the server what became of a request on its way. Only for keys below the reserved name, only for some minutes,
/// only for who has the secret.
/// </summary>
internal static class ProbePass
{
    /// <summary>What the first segment of every probe's key begins with.</summary>
    public const string Reserved = "hfs-probe-";

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <summary>A folder name that nobody has.</summary>
    public static string NewFolder() => Reserved + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

    public static string Query(SecuritySettings security, string method, string key, DateTimeOffset now)
    {
        var until = (now + Life).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"probe={Convert.ToHexStringLower(Mac(security.Secrets[0], method, until, key))}&until={until}";
    }

    public static bool Verify(
        SecuritySettings security, string method, string key, RequestTarget target, DateTimeOffset now)
    {
        if (target.Parameter("probe") is not { Length: HMACSHA256.HashSizeInBytes * 2 } hex
            || target.Parameter("until") is not { } until
            || !long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds < now.ToUnixTimeSeconds() || seconds > (now + (2 * Life)).ToUnixTimeSeconds())
        {
            return false;
        }

        Span<byte> presented = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (Convert.FromHexString(hex, presented, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        foreach (var secret in security.Secrets)
        {
            if (CryptographicOperations.FixedTimeEquals(presented, Mac(secret, method, until, key)))
            {
                return true;
            }
        }

        return false;
    }

    private static byte[] Mac(Secret secret, string method, string until, string key) =>
        HMACSHA256.HashData(secret.Bytes.Span, Encoding.UTF8.GetBytes($"hfs-probe\n{method}\n{until}\n{key}"));
}
