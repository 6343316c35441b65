using System.Collections;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Tests.Settings;

public sealed class SettingsTests : LoadedSettings
{
    [Fact]
    public void Every_problem_is_reported_at_once_with_file_line_and_the_nearest_key()
    {
        var problems = Problems(
            """
            [server]
            max_upload_sise = "1GB"
            base_path = "/a?b"
            [security]
            secret = "mysecret"
            hmac_validity = "soon"
            [uplods]
            max_concurrent = 3
            """);

        problems.Should().BeEquivalentTo(
            "config.toml:2  server.max_upload_sise  unknown key, did you mean max_upload_size?",
            "config.toml:3  server.base_path  \"/a?b\" is not a path such as \"/upload/\"",
            "config.toml:5  security.secret  was published in an example configuration, so everybody knows it: "
                + "choose another, for example with openssl rand -hex 32",
            "config.toml:6  security.hmac_validity  \"soon\" is not a duration: write for example 7200s, 1h30m or 7d",
            "config.toml:7  uplods  unknown key, did you mean uploads?");
    }

    [Theory]
    [InlineData("max_upload_size")]
    [InlineData("MaxUploadSize")]
    [InlineData("maxuploadsize")]
    [InlineData("MAX-UPLOAD-SIZE")]
    public void A_key_is_the_same_in_every_spelling(string key) =>
        Load($"[Server]\n{key} = '5MB'\n{Secret}").Server.MaxUploadSize.Bytes.Should().Be(5 << 20);

    [Fact]
    public void One_key_in_two_spellings_is_a_mistake() =>
        Problems($"[server]\nbase_path = '/a/'\nbasepath = '/b/'\n{Secret}")
            .Should().Equal("config.toml:3  server.basepath  is given twice, in two spellings");

    [Fact]
    public void The_environment_wins_over_the_file()
    {
        var environment = new Hashtable
        {
            ["HFS_SERVER__LISTEN_ADDRESS"] = "127.0.0.1:1, [::1]:2",
            ["HFS_SECURITY__SECRET"] = "another secret, from outside",
            ["HFS_SERVER__FSYNC"] = "false",
        };

        var settings = Load($"[server]\nlisten_address = '8080'\n{Secret}", environment);

        settings.Server.ListenAddress.Select(address => address.ToString()).Should().Equal("127.0.0.1:1", "[::1]:2");
        settings.Security.Secrets.Should().Equal(new Secret("another secret, from outside"));
        settings.Server.Fsync.Should().BeFalse();
    }

    [Fact]
    public void An_unknown_variable_is_a_mistake_too() =>
        Problems(Secret, new Hashtable { ["HFS_SERVER__BASEPTH"] = "/" })
            .Should().Equal("HFS_SERVER__BASEPTH  unknown key, did you mean base_path?");

    [Theory]
    [InlineData("HFS_SECURITY_SECRET", "is no setting, did you mean HFS_SECURITY__SECRET?")]
    [InlineData("hfs_server_storage_path", "is no setting, did you mean HFS_SERVER__storage_path?")]
    [InlineData("HFS_SECRET", "is no setting: a variable is called HFS_TABLE__KEY, with two underscores between")]
    public void A_variable_with_one_underscore_is_not_passed_over_in_silence(string variable, string problem) =>
        Problems(Secret, new Hashtable { [variable] = "something" }).Should().Equal($"{variable}  {problem}");

    [Theory]
    [InlineData("[security]\nsecret = 'a secret of the tests, long'\nschemes = ['v4']")]
    [InlineData("[security]\nsecret = 'a secret of the tests, long'\n[server]\nlisten_address = 'nowhere'")]
    [InlineData("[security]\nsecret = 'a secret of the tests, long'\n[uploads]\nallowed_extensions = ['tar.gz']")]
    public void One_mistake_is_one_problem(string toml) => Problems(toml).Should().ContainSingle();

    [Fact]
    public void Two_extensions_are_told_which_one_counts() =>
        Problems($"{Secret}[uploads]\nblocked_extensions = ['tar.gz']").Should().ContainSingle()
            .Which.Should().EndWith(
                "\"tar.gz\" is two extensions, and only the last part of a name counts: write \"gz\"");

    [Theory]
    [InlineData("[server\n", "config.toml:1:8")]
    [InlineData("a = 1\na = 2\n", "config.toml:2:1")]
    public void What_is_not_toml_is_told_with_line_and_column(string toml, string origin) =>
        Problems(toml).Should().ContainSingle().Which.Should().StartWith(origin);

    [Theory]
    [InlineData("read_timeout", "60d")]
    [InlineData("write_timeout", "0s")]
    [InlineData("header_timeout", "8d")]
    [InlineData("shutdown", "60d")]
    public void A_timeout_that_no_timer_can_hold_is_refused(string key, string value) =>
        Problems($"{Secret}[timeouts]\n{key} = '{value}'\n").Should().ContainSingle()
            .Which.Should().Contain("out of range");

    [Fact]
    public void A_log_file_that_cannot_be_written_is_refused() =>
        Problems($"{Secret}[logging]\nfile = '/proc/none/server.log'\n")
            .Should().Equal("config.toml:4  logging.file  \"/proc/none/server.log\" can't be written");

    [Theory]
    [InlineData("127.0.0.1:8080", "127.0.0.1:8080")]
    [InlineData("unix:/run/hfs.sock", "unix:/run/hfs.sock")]
    public void Metrics_on_an_address_of_the_public_are_refused(string server, string metrics) =>
        Problems($"[server]\nlisten_address = '{server}'\n{Secret}[metrics]\nlisten_address = '{metrics}'\n")
            .Should().Equal("config.toml:6  metrics.listen_address  is an address of the server's own: metrics have "
                + "one to themselves");

    [Fact]
    public void What_is_no_certificate_is_refused()
    {
        File.WriteAllText(Folder.File("pem"), "hello");

        Problems($"[server]\ntls_certificate = '{Folder.File("pem")}'\ntls_key = '{Folder.File("pem")}'\n{Secret}")
            .Should().ContainSingle()
            .Which.Should().StartWith("config.toml:2  server.tls_certificate  and tls_key are no certificate");
    }

    [Theory]
    [InlineData("", 65_536, false)]
    [InlineData("max_header_bytes = 1048576", 65_536, true)]
    [InlineData("max_header_bytes = '1MB'", 65_536, true)]
    [InlineData("max_header_bytes = '4MB'", 65_536, true)]
    [InlineData("max_header_bytes = '200KB'", 204_800, false)]
    public void The_former_default_of_header_bytes_means_the_present_one_and_is_told(string line, long bytes, bool told)
    {
        var settings = Load($"[server]\n{line}\n{Secret}");

        settings.Server.HeaderBytes.Bytes.Should().Be(bytes);
        SettingsWarnings.Of(settings).Any(warning => warning.Contains("max_header_bytes", StringComparison.Ordinal))
            .Should().Be(told);
    }

    [Fact]
    public void A_missing_file_is_told_as_such()
    {
        var load = () => SettingsLoader.Load(Folder.File("none.toml"), new Hashtable());

        load.Should().Throw<SettingsException>().WithMessage("*none.toml  there is no such file");
    }
}
