using System.Text.RegularExpressions;

namespace HmacFileServer.Doctor.Nginx;

/// <summary>A regular expression of a configuration, tried without trusting it.</summary>
internal static class NginxExpression
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200); // for one that runs wild

    /// <returns>Null where it does not match, or can't be tried.</returns>
    public static Match? Match(string expression, string text, bool ignoreCase = false)
    {
        try
        {
            var options = ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None;
            var match = Regex.Match(text, expression, options | RegexOptions.CultureInvariant, Patience);
            return match.Success ? match : null;
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            return null; // PCRE has words that .NET has not
        }
    }
}
