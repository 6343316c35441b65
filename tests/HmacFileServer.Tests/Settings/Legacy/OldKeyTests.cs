using HmacFileServer.Settings;
using HmacFileServer.Settings.Legacy;

namespace HmacFileServer.Tests.Settings.Legacy;

/// <summary>The table: what becomes of each key that an old server read, or that its files hold.</summary>
public sealed class OldKeyTests
{
    private const string Used =
        """
        server: storage_path max_upload_size min_free_bytes max_header_bytes
        security: secret
        uploads:
        timeouts: idletimeout shutdown
        logging: level file
        quotas: custom
        """;

    private const string Changed =
        """
        server: listen_address bind_ip unixsocket force_protocol filettlenabled cleanup_interval global_extensions file_naming
        security: enablejwt
        timeouts: readtimeout writetimeout
        logging: max_size max_backups
        quotas: enabled default
        """;

    public static TheoryData<string> UsedKeys => [.. Rows(Used)];

    public static TheoryData<string> ChangedKeys => [.. Rows(Changed)];

    [Theory]
    [MemberData(nameof(UsedKeys))]
    public void A_key_that_is_used(string key) => Fates(OldConfigurations.Full)[key].Should().Be(Fate.Used);

    [Theory]
    [MemberData(nameof(ChangedKeys))]
    public void A_key_that_is_changed(string key) => Fates(OldConfigurations.Full)[key].Should().Be(Fate.Changed);

    [Fact]
    public void Every_other_key_of_the_full_file_is_obsolete_and_none_unknown()
    {
        var named = Rows(Used).Concat(Rows(Changed)).ToHashSet();

        var others = Fates(OldConfigurations.Full).Where(fate => !named.Contains(fate.Key)).ToArray();

        others.Should().HaveCountGreaterThan(100).And.OnlyContain(fate => fate.Value == Fate.Obsolete);
    }

    [Fact]
    public void What_the_old_server_never_read_has_no_effect()
    {
        var fates = Fates(OldConfigurations.NeverRead);

        fates.Where(fate => fate.Value != Fate.Obsolete).Select(fate => fate.Key).Should().BeEquivalentTo(
            "server.listen_address", "server.storage_path", "server.max_upload_size", "server.filenaming", "security.secret");
    }

    [Fact]
    public void Every_key_has_one_note_and_every_obsolete_key_its_reason()
    {
        foreach (var toml in new[] { OldConfigurations.Full, OldConfigurations.NeverRead, OldConfigurations.Version2 })
        {
            var old = Read(toml);

            old.Notes.Select(note => note.Key).Should().OnlyHaveUniqueItems();
            old.Notes.Should().HaveCount(TomlEntries(toml));
            old.Notes.Where(note => note.Fate == Fate.Obsolete).Should().OnlyContain(note => note.Sentence.Length > 0);
        }
    }

    [Fact]
    public void The_keys_of_prosody_filer_stand_at_the_top()
    {
        var old = Read(OldConfigurations.ProsodyFiler);

        old.Program.Should().Be("prosody-filer");
        old.Notes.ToDictionary(note => note.Key, note => note.Fate).Should().Equal(new Dictionary<string, Fate>
        {
            ["listenPort"] = Fate.Used,
            ["secret"] = Fate.Used,
            ["storeDir"] = Fate.Used,
            ["uploadSubDir"] = Fate.Changed,
            ["logLevel"] = Fate.Used,
        });
    }

    [Theory]
    [InlineData("[server]\nlisten_address = '8080'\n[security]\nsecret = 'x'")]
    [InlineData("[server]\nbase_pth = '/'\n[metrics]\nlisten = '1'")]
    [InlineData("[retention]\nmax_age = '1d'")]
    public void A_file_without_a_telling_key_is_ours(string toml) => Parse(toml).Should().BeNull();

    private static OldFile Read(string toml) => Parse(toml) ?? throw new InvalidOperationException("not recognised");

    private static OldFile? Parse(string toml) => OldFile.Read(TomlConfiguration.Parse(System.Text.Encoding.UTF8.GetBytes(toml)));

    private static Dictionary<string, Fate> Fates(string toml) => Read(toml).Notes.ToDictionary(note => note.Key, note => note.Fate);

    private static int TomlEntries(string toml) => TomlConfiguration.Parse(System.Text.Encoding.UTF8.GetBytes(toml)).Entries
        .Sum(entry => entry.Value is HmacFileServer.Settings.Toml.TomlTable table ? table.Entries.Count : 1);

    private static IEnumerable<string> Rows(string table) =>
        from line in table.Split('\n')
        let parts = line.Split(':', StringSplitOptions.TrimEntries)
        from key in parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)
        select $"{parts[0]}.{key}";
}
