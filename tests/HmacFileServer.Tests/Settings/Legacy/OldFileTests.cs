using System.Collections;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Legacy;
using HmacFileServer.Settings.Legacy.Keys;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;
using Microsoft.Extensions.Logging;

namespace HmacFileServer.Tests.Settings.Legacy;

/// <summary>What old files mean, to the server and in a file of our own.</summary>
public sealed class OldFileTests : LoadedOldFiles
{
    [Theory]
    [InlineData(OldConfigurations.Full)]
    [InlineData(OldConfigurations.NeverRead)]
    [InlineData(OldConfigurations.Version2)]
    [InlineData(OldConfigurations.EjabberdModule)]
    [InlineData(OldConfigurations.ProsodyFiler)]
    public void Every_old_file_loads_and_a_file_of_our_own_made_of_it_means_the_same(string toml)
    {
        var settings = Load(toml, out var old);

        settings.Server.StoragePath.Should().Be("/srv/old/uploads");
        settings.Security.Secrets.Should().Equal(new Secret(OldConfigurations.Secret));
        Load(OwnFile.Write(old!, "old.toml"), out var again)
            .Should().BeEquivalentTo(settings, options => options.RespectingRuntimeTypes());
        again.Should().BeNull("what we write is ours");
    }

    [Theory]
    [InlineData(OldConfigurations.Full)]
    [InlineData(OldConfigurations.NeverRead)]
    [InlineData(OldConfigurations.Version2)]
    [InlineData(OldConfigurations.EjabberdModule)]
    [InlineData(OldConfigurations.ProsodyFiler)]
    [InlineData(
        $"{Head}filettl = 'soon'\nfilettlenabled = true\nmax_header_bytes = 0{Tail}[logging]\nlevel = 'loud'\n")]
    public void A_file_of_our_own_names_every_key_that_changed_or_went(string toml)
    {
        Load(toml, out var old);

        var made = OwnFile.Write(old!, "old.toml");

        old!.Notes.Where(note => note.Fate != Fate.Used).Should().OnlyContain(note => made.Contains(note.Key));
    }

    [Fact]
    public void The_old_default_of_header_bytes_is_ours_and_the_report_says_so()
    {
        var settings = Load($"{Head}max_header_bytes = 1048576{Tail}", out var old);

        settings.Server.HeaderBytes.Bytes.Should().Be(64 << 10);
        OldFileReport.Lines(old!).Should().Contain(line => line.Contains("max_header_bytes") && line.Contains("64 KB"));
    }

    [Fact]
    public void What_check_shows_is_in_force_and_not_what_stands_in_the_old_file()
    {
        Load($"{Head}[uploads]\nallowedextensions = ['.txt']\n[timeouts]\nread_timeout = '5s'{Tail}", out _);

        var written = SettingsLoader.Written(Folder.File("config.toml"), new Hashtable());

        written.Select(setting => setting.Key).Should().BeEquivalentTo(
            "server.listen_address", "server.storage_path", "server.max_upload_size", "security.secret",
            "downloads.also_below");
        written.Single(setting => setting.Key == "server.listen_address").Origin.Should().EndWith("config.toml:2");
    }

    [Fact]
    public void The_full_file_keeps_its_meaning()
    {
        var settings = Load(OldConfigurations.Full, out _);

        settings.Server.ListenAddress.Select(address => address.ToString()).Should().Equal("127.0.0.1:8080");
        settings.Server.MaxUploadSize.Bytes.Should().Be(10L << 30);
        settings.Server.MinFreeBytes.Bytes.Should().Be(1 << 30);
        settings.Uploads.AllowedExtensions.Should().Equal("txt", "jpg", "opus");
        settings.Timeouts.ReadTimeout.Should().Be(Duration.Seconds(4800));
        settings.Timeouts.IdleTimeout.Should().Be(Duration.Seconds(4800));
        settings.Logging.File.Should().Be(Folder.File("old.log"));
        settings.Logging.MaxSize.Bytes.Should().Be(100 << 20);
        settings.Quotas.PerOwner.Bytes.Should().Be(1 << 30);
        settings.Quotas.Of("admin@example.com").Bytes.Should().Be(10L << 30);
        settings.Security.JwtSecrets.Should().Equal(settings.Security.Secrets);
        settings.Downloads.AlsoBelow.Should().Equal("/download/");
        settings.Downloads.Hidden.Should().BeEquivalentTo("files.db", "dedup", "old.pid");
    }

    [Fact]
    public void The_file_of_prosody_filer_keeps_its_meaning()
    {
        var settings = Load(OldConfigurations.ProsodyFiler, out _);

        settings.Server.ListenAddress.Single().ToString().Should().Be("[::]:5050");
        settings.Server.BasePath.Should().Be("/upload/");
        settings.Server.MaxUploadSize.Bytes.Should().BeGreaterThan(1L << 50, "it had no limit");
        settings.Logging.Level.Should().Be(LogLevel.Warning);
    }

    [Fact]
    public void An_unknown_key_is_a_warning_with_the_nearest_in_an_old_file_and_a_mistake_in_one_of_ours()
    {
        Load($"{Head}filetl = '1d'{Tail}", out var old);
        var mixed = () => Load($"{Head}base_path = '/up/'\nfiletl = '1d'{Tail}", out _);

        old!.Notes.Should().ContainSingle(note => note.Fate == Fate.Unknown)
            .Which.Sentence.Should().Be("unknown key, did you mean filettl?");
        mixed.Should().Throw<SettingsException>().Which.Problems.Should().ContainSingle()
            .Which.Key.Should().Be("server.filetl");
    }

    [Fact]
    public void A_file_with_keys_of_ours_has_our_defaults()
    {
        var settings = Load($"{Head}base_path = '/up/'{Tail}", out var old);

        old.Should().NotBeNull();
        settings.Server.BasePath.Should().Be("/up/");
        settings.Server.MaxUploadSize.Should().Be(new HostSettings().MaxUploadSize);
    }

    [Fact]
    public void A_variable_stands_for_its_value_and_must_be_set()
    {
        const string Toml = "[security]\nsecret = 'it is ${PART}, and $${PART}'\n";

        var load = () => Load(Toml, out _);

        Load(Toml, out _, new Hashtable { ["PART"] = "hidden" }).Security.Secrets
            .Should().Equal(new Secret("it is hidden, and ${PART}"));
        load.Should().Throw<SettingsException>().Which.Problems.Should().ContainSingle()
            .Which.ToString().Should().EndWith("config.toml:2  the environment has no variable PART");
    }

    [Fact]
    public void A_mistake_is_reported_where_it_stands_in_the_old_file()
    {
        var load = () => Load($"{Head}max_upload_size = 'much'{Tail}", out _);

        load.Should().Throw<SettingsException>().Which.Problems.Should().ContainSingle()
            .Which.ToString().Should().Contain("config.toml:4  server.max_upload_size");
    }
}
