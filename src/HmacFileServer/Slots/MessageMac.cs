using System.Collections.Immutable;
using System.Security.Cryptography;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Slots;

/// <summary>
/// The only place that hashes what was signed and compares: in constant time, with one key after the other.
/// </summary>
internal static class MessageMac
{
    /// <returns>Which key made the MAC, 0 for the current one; -1 for none of them.</returns>
    public static int FindKey(ReadOnlySpan<byte> presented, ReadOnlySpan<byte> message, ImmutableArray<Secret> keys)
    {
        Span<byte> expected = stackalloc byte[SlotVerifier.MacBytes];
        for (var i = 0; i < keys.Length; i++)
        {
            HMACSHA256.HashData(keys[i].Bytes.Span, message, expected);
            if (CryptographicOperations.FixedTimeEquals(presented, expected))
            {
                return i;
            }
        }

        return -1;
    }

    public static bool Matches(ReadOnlySpan<byte> presented, ReadOnlySpan<byte> message, ImmutableArray<Secret> keys) =>
        FindKey(presented, message, keys) >= 0;
}
