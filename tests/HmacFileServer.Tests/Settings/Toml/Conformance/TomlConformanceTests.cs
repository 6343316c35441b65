using System.Text.Json;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Toml;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Settings.Toml.Conformance;

public sealed class TomlConformanceTests
{
    /// <summary>What TOML 1.0 refused and 1.1 allows: the suite's list for 1.1 leaves these out of the invalid.</summary>
    private static readonly string[] AllowedSince11 =
    [
        "invalid/datetime/no-secs.toml",
        "invalid/inline-table/linebreak-01.toml",
        "invalid/inline-table/linebreak-02.toml",
        "invalid/inline-table/linebreak-03.toml",
        "invalid/inline-table/linebreak-04.toml",
        "invalid/inline-table/trailing-comma.toml",
        "invalid/local-datetime/no-secs.toml",
        "invalid/local-time/no-secs.toml",
        "invalid/string/basic-byte-escapes.toml",
    ];

    public static IEnumerable<object[]> Valid() => Cases("valid");

    public static IEnumerable<object[]> Invalid() =>
        Cases("invalid").Where(arguments => !AllowedSince11.Contains(arguments[0]));

    public static IEnumerable<object[]> ValidSince11() => AllowedSince11.Select(path => new object[] { path });

    [TomlSuiteTheory]
    [MemberData(nameof(Valid))]
    public void A_valid_file_gives_the_value_of_the_suite(string path)
    {
        using var expected = JsonDocument.Parse(Bytes(Path.ChangeExtension(path, ".json")));

        var document = TomlConfiguration.Parse(Bytes(path));

        TaggedJson.Compare(expected.RootElement, document).Should().BeNull();
    }

    [TomlSuiteTheory]
    [MemberData(nameof(Invalid))]
    public void An_invalid_file_is_refused_with_a_sentence_and_a_place_in_the_file(string path)
    {
        var bytes = Bytes(path);

        var refusal = FluentActions.Invoking(() => TomlConfiguration.Parse(bytes))
            .Should().Throw<TomlException>().Which;

        refusal.Problems.Should().NotBeEmpty();
        foreach (var (position, sentence) in refusal.Problems)
        {
            sentence.Should().EndWith(".").And.NotContain("\n");
            position.Line.Should().BeInRange(1, bytes.Count(octet => octet == '\n') + 1);
            position.Column.Should().BeInRange(1, bytes.Length + 1);
        }
    }

    [TomlSuiteTheory]
    [MemberData(nameof(ValidSince11))]
    public void What_TOML_1_1_allows_is_read(string path) =>
        TomlConfiguration.Parse(Bytes(path)).Entries.Should().NotBeEmpty();

    private static IEnumerable<object[]> Cases(string folder) =>
        Directory.EnumerateFiles(
                Path.Combine(TomlSuiteTheoryAttribute.Folder!, folder), "*.toml", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(TomlSuiteTheoryAttribute.Folder!, path))
            .Order(StringComparer.Ordinal)
            .Select(path => new object[] { path });

    private static byte[] Bytes(string path) => File.ReadAllBytes(Path.Combine(TomlSuiteTheoryAttribute.Folder!, path));
}
