using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Telemetry.Logs;

/// <summary>
/// Finds signatures and tokens by their form, wherever they stand and however often they are percent-encoded: a PUT
/// URL's <c>v</c> is permission to write, for ever. 64 hex digits are an HMAC-SHA256, three parts of base64url a JWT
/// (RFC 7519). Of hex digits the first eight stay: a file may be named by its hash, and lines about it must be found.
/// </summary>
internal static partial class Credentials
{
    private const string Hidden = "[redacted]";
    private const int MacDigits = 64;       // HMAC-SHA256 in hex
    private const int MacCharacters = 43;   // the same in base64url, without padding
    private const int LeastPart = 20;       // {"alg":"HS256"} in base64url, and the claims are longer
    private const int KeptDigits = 8;
    private const int MaxEncodings = 8;     // who has encoded it more often can't have got it from a URL

    private const RegexOptions Options =
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking;

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789ABCDEFabcdef");

    private static readonly SearchValues<char> Base64Url = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public static string Hide(string text) => Hide(text, []);

    public static string Hide(string text, IReadOnlyList<Secret> secrets)
    {
        List<Finding>? found = null;
        foreach (var view in View.All(text))
        {
            FindSecrets(view, secrets, ref found);
            FindNamed(view, ref found);
            FindForms(view, ref found);
        }

        return Without(text, found);
    }

    /// <summary>Only the configured secrets: for text whose hashes and names must stay whole.</summary>
    public static string HideSecrets(string text, IReadOnlyList<Secret> secrets)
    {
        List<Finding>? found = null;
        foreach (var view in View.All(text))
        {
            FindSecrets(view, secrets, ref found);
        }

        return Without(text, found);
    }

    private static void FindSecrets(View view, IReadOnlyList<Secret> secrets, ref List<Finding>? found)
    {
        foreach (var secret in secrets)
        {
            if (secret.IsIn(view.Text))
            {
                foreach (var (start, length) in secret.Find(view.Text))
                {
                    view.Add(start, start + length, Hidden, ref found);
                }
            }
        }
    }

    /// <summary>What is a credential by its form alone.</summary>
    private static void FindForms(View view, ref List<Finding>? found)
    {
        var text = view.Text;
        var (header, payload) = (default(Run), default(Run)); // the two runs before, as far as one dot joins them
        for (var end = 0; text.AsSpan(end).IndexOfAny(Base64Url) is >= 0 and var gap;)
        {
            var start = end + gap;
            if (gap != 1 || text[end] != '.')
            {
                (header, payload) = (default, default);
            }

            var length = text.AsSpan(start).IndexOfAnyExcept(Base64Url);
            end = length < 0 ? text.Length : start + length;
            var run = new Run(start, end);
            if (run.Length >= MacDigits)
            {
                FindHex(view, run, ref found);
            }

            if (header.Length > 0 && IsToken(text, header, payload, run))
            {
                view.Add(header.Start, end, Hidden, ref found);
            }

            (header, payload) = (payload, run);
        }
    }

    private static void FindHex(View view, Run run, ref List<Finding>? found)
    {
        for (var at = run.Start; at < run.End;)
        {
            var digits = view.Text.AsSpan(at, run.End - at).IndexOfAnyExcept(Hex);
            var end = digits < 0 ? run.End : at + digits;
            if (end - at >= MacDigits)
            {
                view.Add(at, end, $"{view.Text.AsSpan(at, KeptDigits)}…", ref found);
            }

            at = end + 1;
        }
    }

    private static bool IsToken(string text, Run header, Run payload, Run mac) =>
        text.AsSpan(header.Start, header.Length).StartsWith("eyJ") // {" in base64url
        || (header.Length >= LeastPart && payload.Length >= LeastPart && mac.Length >= MacCharacters);

    /// <summary>What its name says is a credential, whatever its form.</summary>
    private static void FindNamed(View view, ref List<Finding>? found)
    {
        if (view.Text.Contains('=', StringComparison.Ordinal))
        {
            Find(Parameter(), view, ref found);
        }

        if (view.Text.Contains("earer", StringComparison.OrdinalIgnoreCase))
        {
            Find(Bearer(), view, ref found);
        }

        if (view.Text.Contains("jwt/", StringComparison.OrdinalIgnoreCase))
        {
            Find(PathToken(), view, ref found);
        }
    }

    private static void Find(Regex named, View view, ref List<Finding>? found)
    {
        foreach (Match match in named.Matches(view.Text))
        {
            view.Add(match.Index + match.Groups["name"].Length, match.Index + match.Length, Hidden, ref found);
        }
    }

    private static string Without(string text, List<Finding>? found)
    {
        if (found is null)
        {
            return text;
        }

        var written = new StringBuilder(text.Length);
        var copied = 0;
        foreach (var finding in found.OrderBy(finding => finding.Start).ThenBy(finding => finding.Shown != Hidden))
        {
            if (finding.Start >= copied)
            {
                written.Append(text, copied, finding.Start - copied).Append(finding.Shown);
            }

            copied = Math.Max(copied, finding.End);
        }

        return written.Append(text, copied, text.Length - copied).ToString();
    }

    // The value of a signing parameter, wherever it stands after "?" or "&", also with the "&" escaped as JSON does.
    // No credential is shorter: a file called "Tom&v=2.webm" keeps its name.
    [GeneratedRegex(
        @"(?<name>([?&]|\\u0026|&amp;)(v|v2|v3|token|jwt|key|probe)=)[A-Za-z0-9%._~+/=-]{16,}", Options)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"(?<name>\bjwt/)[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", Options)]
    private static partial Regex PathToken();

    [GeneratedRegex(@"(?<name>Bearer\s+)[A-Za-z0-9+/=._~-]+", Options)]
    private static partial Regex Bearer();

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Run(int Start, int End)
    {
        public int Length => End - Start;
    }

    /// <param name="Start">In the text as it was given.</param>
    /// <param name="End">The same.</param>
    /// <param name="Shown">What stands there instead.</param>
    private sealed record Finding(int Start, int End, string Shown);

    /// <summary>The text, percent-decoded as often as its place in <see cref="All"/> says.</summary>
    /// <param name="Starts">Where each character comes from, and the end; null where nothing was decoded.</param>
    private sealed record View(string Text, int[]? Starts)
    {
        public static IEnumerable<View> All(string text)
        {
            var view = new View(text, null);
            yield return view;
            for (var i = 0; i < MaxEncodings && view.TryDecode(out var decoded); i++)
            {
                yield return view = decoded;
            }
        }

        public void Add(int start, int end, string shown, ref List<Finding>? found) => (found ??= []).Add(
            Starts is null ? new Finding(start, end, shown) : new Finding(Starts[start], Starts[end], shown));

        private bool TryDecode(out View decoded)
        {
            decoded = this;
            if (!Text.Contains('%', StringComparison.Ordinal))
            {
                return false;
            }

            var characters = new char[Text.Length];
            var starts = new int[Text.Length + 1];
            var length = 0;
            for (var i = 0; i < Text.Length; length++)
            {
                var isEncoded = Text[i] == '%' && i + 2 < Text.Length
                    && char.IsAsciiHexDigit(Text[i + 1]) && char.IsAsciiHexDigit(Text[i + 2]);
                characters[length] = isEncoded
                    ? (char)byte.Parse(Text.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                    : Text[i];
                starts[length] = Starts is null ? i : Starts[i];
                i += isEncoded ? 3 : 1;
            }

            if (length == Text.Length)
            {
                return false;
            }

            starts[length] = Starts is null ? Text.Length : Starts[Text.Length];
            decoded = new View(new string(characters, 0, length), starts);
            return true;
        }
    }
}
