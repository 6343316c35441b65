using System.Globalization;
using System.Text;
using HmacFileServer.Settings.Toml;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Settings.Toml.Conformance;

public sealed class TomllibComparisonTests
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
                ? theirs.StartsWith('!') || HasIntegerBeyond64Bits(refusal!)
                : theirs == Canonical.Show(ours) || IsMoreThanPythonHolds(document, ours, theirs);
            if (!isAlike)
            {
                var reading = ours is null ? refusal!.Message : Canonical.Show(ours);
                Assert.Fail($"{at}: we {reading}\ntomllib {theirs}\non {Encoding.Latin1.GetString(document)}");
            }
        }

        accepted.Should().BeGreaterThan(count / 10, "mutations that are all invalid would compare no values");
    }

    /// <summary>An integer that does not fit is an error in TOML 1.0; Python's integers have no end.</summary>
    private static bool HasIntegerBeyond64Bits(TomlException refusal) =>
        refusal.Message == "The integer does not fit in 64 bits.";

    private static bool IsMoreThanPythonHolds(byte[] document, TomlTable ours, string theirs) =>
        theirs.StartsWith('!') && (BeginsWithByteOrderMark(document) || HasDateBeyondPython(ours));

    /// <summary>toml-test 1.0.0 has valid files that begin with U+FEFF; tomllib takes it for the first key.</summary>
    private static bool BeginsWithByteOrderMark(byte[] document) => document.AsSpan().StartsWith("\uFEFF"u8);

    /// <summary>RFC 3339 has leap seconds and the year 0000; Python's datetime has neither.</summary>
    private static bool HasDateBeyondPython(TomlValue value) => value switch
    {
        TomlTable table => table.Entries.Any(entry => HasDateBeyondPython(entry.Value)),
        TomlArray array => array.Items.Any(HasDateBeyondPython),
        TomlDateTime date => date.Text.StartsWith("0000-", StringComparison.Ordinal)
            || date.Text.Contains(":60", StringComparison.Ordinal),
        _ => false,
    };

    private static (TomlTable? Document, TomlException? Refusal) Read(byte[] document)
    {
        try
        {
            return (TomlReader.Read(document), null);
        }
        catch (TomlException refusal)
        {
            return (null, refusal);
        }
    }
}
