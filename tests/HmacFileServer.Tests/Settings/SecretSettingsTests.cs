using HmacFileServer.Settings.Values;

namespace HmacFileServer.Tests.Settings;

public sealed class SecretSettingsTests : LoadedSettings
{
    [Theory]
    [InlineData("[server]\nbase_path = '/'",
        "config.toml  security.secret  is missing: set it to the secret that the XMPP server signs with")]
    [InlineData("[security]\nsecret = ''",
        "config.toml:2  security.secret  is empty: set it to the secret that the XMPP server signs with")]
    [InlineData(
        "[security]\nsecret = 'x'\nsecret_file = 'y'", "config.toml:3  security.secret_file  there is no file \"y\"")]
    public void There_is_no_start_without_a_secret(string toml, string problem) =>
        Problems(toml).Should().Contain(problem);

    [Theory]
    [InlineData("change-me-please")]
    [InlineData("ChangeMe")]
    [InlineData("mysecret")]
    [InlineData("your-secret-key")]
    [InlineData("f6g4ldPvQM7O2UTFeBEUUj33VrXypDAcsDt0yqKrLiOr5oQW")]
    public void A_published_secret_is_refused_wherever_it_stands(string secret)
    {
        Problems($"[security]\nsecret = '{secret}'").Should().ContainSingle().Which.Should().Contain("was published");
        Problems($"{Secret}previous_secrets = ['{secret}']").Should().ContainSingle()
            .Which.Should().Contain("was published");
        Problems($"{Secret}jwt_secret = '{secret}'").Should().ContainSingle().Which.Should().Contain("was published");
    }

    [Fact]
    public void No_problem_and_no_record_shows_a_secret()
    {
        const string Hidden = "a very hidden secret, 1234567890";

        var settings = Load($"[security]\nsecret = '{Hidden}'\nprevious_secrets = ['{Hidden}2']");
        var problems = Problems($"[security]\nsecret = '{Hidden}'\nsecret_file = 'none'\nschemes = []");

        settings.ToString().Should().NotContain(Hidden);
        settings.Security.ToString().Should().NotContain(Hidden);
        string.Join('\n', problems).Should().NotContain(Hidden);
    }

    [Fact]
    public void A_secret_in_a_file_is_taken_without_its_line_end()
    {
        File.WriteAllText(Folder.File("secret"), "from the file, and long\r\n");

        Load($"[security]\nsecret_file = '{Folder.File("secret")}'").Security.Secrets
            .Should().Equal(new Secret("from the file, and long"));
    }

    [Fact]
    public void A_jwt_secret_of_its_own_leaves_the_urls_theirs()
    {
        var security = Load($"{Secret}previous_secrets = ['the previous secret, long']\n"
            + "jwt_secret = 'the token secret, long enough'").Security;

        security.Secrets
            .Should().Equal(new Secret("a secret of the tests, long enough"), new Secret("the previous secret, long"));
        security.JwtSecrets
            .Should().Equal(new Secret("the token secret, long enough"), new Secret("the previous secret, long"));
    }
}
