using System.Text.Json;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Toml;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Settings.Toml.Conformance;

public sealed class TomlConformanceTests
{
    public static IEnumerable<object[]> Valid() => Cases("valid/");

    public static IEnumerable<object[]> Invalid() => Cases("invalid/");

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

        refusal.Message.Should().EndWith(".").And.NotContain("\n");
        refusal.Position.Line.Should().BeInRange(1, bytes.Count(octet => octet == '\n') + 1);
        refusal.Position.Column.Should().BeInRange(1, bytes.Length + 1);
    }

    private static IEnumerable<object[]> Cases(string folder) =>
        File.ReadLines(TomlSuiteTheoryAttribute.List)
            .Where(path => path.StartsWith(folder, StringComparison.Ordinal) && Path.GetExtension(path) == ".toml")
            .Select(path => new object[] { path });

    private static byte[] Bytes(string path) => File.ReadAllBytes(Path.Combine(TomlSuiteTheoryAttribute.Folder!, path));
}
