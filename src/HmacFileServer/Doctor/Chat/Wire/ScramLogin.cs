using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Chat.Wire;

/// <summary>
/// The client's side of SCRAM (RFC 5802, RFC 7677): proves to know the password without telling it, and that the server
/// knows it. Without channel binding.
/// </summary>
/// <param name="nonce">Printable ASCII but ",", never used before.</param>
internal sealed class ScramLogin(HashAlgorithmName hash, string user, string password, string nonce)
{
    private const string Header = "n,,"; // no channel binding, no other identity
    private const int MostIterations = 1_000_000; // a second of work; servers ask for 4,096 to 100,000

    private readonly string first = $"n={Escape(user)},r={nonce}";
    private byte[]? serverSignature;

    public string First => Header + first;

    public static string NewNonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));

    /// <summary>The answer to the server's first message: the proof.</summary>
    /// <exception cref="ChatException">The server's message is none.</exception>
    public string Prove(string challenge)
    {
        var fields = Fields(challenge);
        if (!fields.TryGetValue('r', out var both) || !both.StartsWith(nonce, StringComparison.Ordinal)
            || both.Length == nonce.Length
            || !fields.TryGetValue('s', out var saltText) || !TryDecode(saltText, out var salt)
            || !fields.TryGetValue('i', out var count)
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < 1 or > MostIterations || fields.ContainsKey('m'))
        {
            throw Malformed();
        }

        var withoutProof = $"c={Convert.ToBase64String(Encoding.ASCII.GetBytes(Header))},r={both}";
        var message = Encoding.UTF8.GetBytes($"{first},{challenge},{withoutProof}");
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(Prepared(password)), salt, iterations, hash,
            CryptographicOperations.HashData(hash, []).Length);
        var clientKey = Mac(salted, "Client Key"u8);
        var proof = Mac(CryptographicOperations.HashData(hash, clientKey), message);
        for (var i = 0; i < proof.Length; i++)
        {
            proof[i] ^= clientKey[i];
        }

        serverSignature = Mac(Mac(salted, "Server Key"u8), message);
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    /// <summary>Whether the server's last message proves that it knows the password, too.</summary>
    public bool Verifies(string final) => serverSignature is not null
        && Fields(final).TryGetValue('v', out var text)
        && TryDecode(text, out var signature)
        && CryptographicOperations.FixedTimeEquals(signature, serverSignature);

    private byte[] Mac(byte[] key, ReadOnlySpan<byte> message) =>
        CryptographicOperations.HmacData(hash, key, message.ToArray());

    /// <summary>As much of SASLprep (RFC 4013) as people's passwords need.</summary>
    private static string Prepared(string text)
    {
        try
        {
            return text.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return text; // half of a surrogate pair: no server has such a password
        }
    }

    private static string Escape(string name) => Prepared(name)
        .Replace("=", "=3D", StringComparison.Ordinal)
        .Replace(",", "=2C", StringComparison.Ordinal);

    private static Dictionary<char, string> Fields(string message)
    {
        var fields = new Dictionary<char, string>();
        foreach (var field in message.Split(','))
        {
            if (field.Length > 1 && field[1] == '=')
            {
                fields[field[0]] = field[2..];
            }
        }

        return fields;
    }

    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        var isGood = Convert.TryFromBase64String(text, bytes, out var length) && length > 0;
        bytes = bytes[..length];
        return isGood;
    }

    private static ChatException Malformed() =>
        new("xmpp-login", Link.XmppServer, "The XMPP server's part of the login can't be read");
}
