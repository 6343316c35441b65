using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HmacFileServer.Settings.Toml;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Settings.Toml.Conformance;

public sealed partial class TomllibComparisonTests
{
    /// <summary>How many mutations to compare; 3,000 where it is not set.</summary>
    private const string Variable = "TOML_MUTATIONS";

    [TomllibFact]
    public async Task On_mutated_documents_the_reader_and_tomllib_agree()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable(Variable) ?? "3000", CultureInfo.InvariantCulture);
        var random = new Random(1979);
        var accepted = 0;
        await using var tomllib = new Tomllib();

        for (var at = 0; at < count; at++)
        {
            var document = at < TomlSeeds.Documents.Count ? TomlSeeds.Documents[at] : TomlMutations.Mutate(random);
            var (ours, refusal) = Read(document);
            var theirs = await tomllib.ReadAsync(document);

            accepted += ours is null ? 0 : 1;
            var isAlike = ours is null
                ? theirs.StartsWith('!') || IsMoreThanTomlynHolds(refusal!)
                : WithLineFeeds(theirs) == WithLineFeeds(Canonical.Show(ours)) || IsMoreThanPythonHolds(document, theirs);
            if (!isAlike)
            {
                var reading = ours is null ? refusal!.Message : Canonical.Show(ours);
                Assert.Fail($"{at}: we {reading}\ntomllib {theirs}\non {Encoding.Latin1.GetString(document)}");
            }
        }

        accepted.Should().BeGreaterThan(count / 10, "mutations that are all invalid would compare no values");
    }

    /// <summary>An integer beyond 64 bits, which TOML refuses, too; a fraction of a second beyond seven digits.</summary>
    private static bool IsMoreThanTomlynHolds(TomlException refusal) =>
        refusal.Problems.All(problem => problem.Sentence is "The integer does not fit in 64 bits."
            || problem.Sentence.StartsWith("A date is written", StringComparison.Ordinal)
            || problem.Sentence.StartsWith("This date or time", StringComparison.Ordinal));

    private static bool IsMoreThanPythonHolds(byte[] document, string theirs) =>
        theirs.StartsWith('!')
        && (BeginsWithByteOrderMark(document) || Since11().IsMatch(Encoding.Latin1.GetString(document)));

    /// <summary>
    /// tomllib reads TOML 1.0: no \x and \e, no time without seconds, no inline table of many lines. And Tomlyn takes
    /// a lone carriage return after a backslash for the end of the line.
    /// </summary>
    [GeneratedRegex(@"\\[xe]|\\[ \t]*\r|[0-9]{2}:[0-9]{2}(?![:0-9])|\{", RegexOptions.None, 1000)]
    private static partial Regex Since11();

    /// <summary>toml-test 1.0.0 has valid files that begin with U+FEFF; tomllib takes it for the first key.</summary>
    private static bool BeginsWithByteOrderMark(byte[] document) => document.AsSpan().StartsWith("\uFEFF"u8);

    /// <summary>In text of many lines tomllib makes one line feed of CR LF; Tomlyn leaves it, as TOML allows.</summary>
    private static string WithLineFeeds(string canonical) =>
        canonical.Replace("0d0a", "0a", StringComparison.Ordinal);

    private static (TomlTable? Document, TomlException? Refusal) Read(byte[] document)
    {
        try
        {
            return (TomlDocument.Read(document), null);
        }
        catch (TomlException refusal)
        {
            return (null, refusal);
        }
    }
}
