using HmacFileServer.Settings;
using HmacFileServer.Settings.Binding;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Tests.Settings;

public sealed class LedgerSettingsTests
{
    [Fact]
    public void Quotas_are_those_of_the_owner_then_of_the_domain_then_of_everybody()
    {
        var quotas = Bind("""
            [quotas]
            per_owner = "1GB"
            [quotas.custom]
            "vip@example.org" = "10GB"
            "example.org" = "500MB"
            """).Quotas;

        quotas.Of("VIP@example.org").Should().Be(new ByteSize(10L << 30));
        quotas.Of("bob@example.org").Should().Be(new ByteSize(500L << 20));
        quotas.Of("bob@elsewhere.org").Should().Be(new ByteSize(1L << 30));
        quotas.Of("9f2d4b").Should().Be(new ByteSize(1L << 30));
    }

    [Fact]
    public void Size_classes_are_tables_of_a_list_and_the_shortest_age_that_applies_counts()
    {
        var retention = Bind("""
            [retention]
            max_age = "30d"
            [[retention.class]]
            larger_than = "100MB"
            max_age = "7d"
            [[retention.class]]
            larger_than = "1GB"
            max_age = "1d"
            """).Retention;

        retention.AgeOf(100L << 20).Should().Be(TimeSpan.FromDays(30));
        retention.AgeOf((100L << 20) + 1).Should().Be(TimeSpan.FromDays(7));
        retention.AgeOf(2L << 30).Should().Be(TimeSpan.FromDays(1));
        new RetentionSettings().AgeOf(long.MaxValue).Should().BeNull();
    }

    [Theory]
    [InlineData("[quotas]\ncustom = \"1GB\"", "quotas.custom  is a table")]
    [InlineData("[quotas.custom]\nexample.org = \"1GB\"",
        "quotas.custom.example  takes one value; a name with a dot in it stands in quotes")]
    [InlineData("[quotas.custom]\n\"a@b\" = \"much\"",
        "quotas.custom.a@b  \"much\" is not a size: write a number and B, KB, MB, GB or TB")]
    [InlineData("[quotas.custom]\n\"a@b\" = 1\n\"A@b\" = 2", "quotas.custom.A@b  is given twice, in two spellings")]
    [InlineData("[quotas]\nwhen_full = \"shrug\"", "quotas.when_full  \"shrug\" is neither refuse nor replace-oldest")]
    [InlineData(
        "[retention]\nclass = \"big\"", "retention.class  is a list of tables: write [[retention.class]] above each")]
    [InlineData("[[retention.class]]\nlarger_than = \"1MB\"",
        "retention.class.max_age  is missing: say how long such files stay")]
    [InlineData("[[retention.class]]\nmax_age = \"1d\"\nlarger = 1", "retention.class.larger  unknown key")]
    [InlineData(
        "[retention]\ndisk_high = \"101%\"", "retention.disk_high  \"101%\" is not a percentage from 1% to 100%")]
    [InlineData("[retention]\ndisk_high = 80",
        "retention.disk_low  must be less than disk_high: files are deleted from the one down to the other")]
    public void What_is_wrong_is_said(string toml, string expected)
    {
        var binding = () => Bind(toml);

        binding.Should().Throw<SettingsException>()
            .Which.Problems.Select(problem => $"{problem.Key}  {problem.Sentence}")
            .Should().ContainSingle().Which.Should().StartWith(expected);
    }

    private static ServerSettings Bind(string toml)
    {
        var content = TomlConfiguration.Parse(System.Text.Encoding.UTF8.GetBytes(toml));
        var environment = new Dictionary<string, string>
        {
            ["HFS_SECURITY__SECRET"] = "a secret of the tests, long enough",
        };
        return SettingsBinder.Bind(new SettingSources("config.toml", content, environment));
    }
}
