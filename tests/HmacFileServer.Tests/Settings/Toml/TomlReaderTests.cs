using System.Text;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Toml;
using HmacFileServer.Tests.Settings.Toml.Conformance;

namespace HmacFileServer.Tests.Settings.Toml;

public sealed class TomlReaderTests
{
    public static TheoryData<int> SeedNumbers => [.. Enumerable.Range(0, TomlSeeds.Documents.Count)];

    [Theory]
    [MemberData(nameof(SeedNumbers))]
    public void Every_seed_of_the_mutations_is_valid(int number) =>
        TomlDocument.Read(TomlSeeds.Documents[number]).Entries.Should().NotBeEmpty();

    [Theory]
    [InlineData("", "{}")]
    [InlineData("# nothing but a comment", "{}")]
    [InlineData("a=1", "{61=i1;}")]
    [InlineData("a = -9223372036854775808", "{61=i-9223372036854775808;}")]
    [InlineData("a = 0x7fff_ffff_ffff_ffff", "{61=i9223372036854775807;}")]
    [InlineData("a = [0o17, 0b101, -0, +0, 1_2_3]", "{61=[i15;i5;i0;i0;i123;];}")]
    [InlineData("a = [0.5, -0.0, 1e400]", "{61=[d3fe0000000000000;d8000000000000000;d7ff0000000000000;];}")]
    [InlineData("a = [inf, +inf, -inf]", "{61=[d7ff0000000000000;d7ff0000000000000;dfff0000000000000;];}")]
    [InlineData("a = [nan, +nan, -nan]", "{61=[nan;nan;nan;];}")]
    [InlineData("a = [true, false,]", "{61=[t;f;];}")]
    [InlineData("a = [ # one\n\n] # two", "{61=[];}")]
    [InlineData("a = 'b\\n'", "{61=\"625c6e\";}")]
    [InlineData("a = \"\\u0062\\U0001F600\\\"\"", "{61=\"62f09f988022\";}")]
    [InlineData("a = \"\"\"\n\"\"b\\  \n\n  c\"\"\"\"\"", "{61=\"222262632222\";}")]
    [InlineData("a = '''\r\nb\r\n'''", "{61=\"620d0a\";}")]
    [InlineData("a = {}\nb = {c.d = 1, c.e = 2}", "{61={};62={63={64=i1;65=i2;};};}")]
    [InlineData("a.b = 1\na.c = 2", "{61={62=i1;63=i2;};}")]
    [InlineData("'' = 1\n\"é\" = 2\n1.2 = 3", "{=i1;c3a9=i2;31={32=i3;};}")]
    [InlineData("[a.b]\n[a]\nc = 1", "{61={62={};63=i1;};}")]
    [InlineData("[a]\nb.c = 1\n[a.b.d]", "{61={62={63=i1;64={};};};}")]
    [InlineData("[a.b.c]\n[a]\nb.d = 1", "{61={62={63={};64=i1;};};}")]
    [InlineData("[[a]]\nb = 1\n[a.c]\n[[a]]\n[a.c]", "{61=[{62=i1;63={};};{63={};};];}")]
    [InlineData("a = [1979-05-27, 07:32:00.25]", "{61=[@1979-05-27;@07:32:00.250000;];}")]
    [InlineData("a = 2000-02-29 23:59:59z", "{61=@2000-02-29T23:59:59.000000+00:00;}")]
    [InlineData("\uFEFFa = 1", "{61=i1;}")]
    [InlineData("a = {\n b = 1, # new in 1.1\n}", "{61={62=i1;};}")]
    [InlineData("a = \"\\x62\\e\"", "{61=\"621b\";}")]
    public void A_document_gives_its_value(string toml, string canonical) =>
        Canonical.Show(Read(toml)).Should().Be(canonical);

    [Fact]
    public void Keys_keep_the_order_of_the_file_and_differ_by_case()
    {
        var document = Read("b = 1\na = 2\nB = 3\n");

        document.Entries.Select(entry => entry.Key).Should().Equal("b", "a", "B");
        document.TryGetValue("B", out var value).Should().BeTrue();
        value.Should().BeOfType<TomlInteger>().Which.Value.Should().Be(3);
        document.TryGetValue("A", out _).Should().BeFalse();
    }

    [Fact]
    public void A_date_is_kept_as_RFC_3339_writes_it()
    {
        var document = Read("a = 1987-07-05t17:45:56.120z\nb = 07:32");

        document.Entries.Select(entry => entry.Value.Should().BeOfType<TomlDateTime>().Which.Text)
            .Should().Equal("1987-07-05T17:45:56.120Z", "07:32:00");
    }

    [Fact]
    public void Positions_name_the_line_and_the_character_of_keys_and_values()
    {
        var document = Read("\uFEFF'ключ' = 1\r\n\n  [a.b]\n  c.d = [ '😀', {e = 2} ]\n");

        Places(document, "").Should().Equal(
            "ключ key 1:1 value 1:10",
            "a key 3:4 value 3:4",
            "a.b key 3:6 value 3:6",
            "a.b.c key 4:3 value 4:3",
            "a.b.c.d key 4:5 value 4:9",
            "a.b.c.d[0] value 4:11",
            "a.b.c.d[1] value 4:16",
            "a.b.c.d[1].e key 4:17 value 4:21");
    }

    [Fact]
    public void A_settings_file_is_loaded_by_its_path()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "a = 1");

            Canonical.Show(TomlConfiguration.Load(path)).Should().Be("{61=i1;}");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static TomlTable Read(string toml) => TomlConfiguration.Parse(Encoding.UTF8.GetBytes(toml));

    private static IEnumerable<string> Places(TomlValue value, string path) => value switch
    {
        TomlTable table => table.Entries.SelectMany(entry => PlacesOf(entry, path.Length == 0 ? "" : $"{path}.")),
        TomlArray array => array.Items.SelectMany((item, at) => Places(item, $"{path}[{at}]")
            .Prepend($"{path}[{at}] value {item.Position}")),
        _ => [],
    };

    private static IEnumerable<string> PlacesOf(TomlEntry entry, string prefix) =>
        Places(entry.Value, $"{prefix}{entry.Key}")
            .Prepend($"{prefix}{entry.Key} key {entry.KeyPosition} value {entry.Value.Position}");
}
