using System.Text;
using HmacFileServer.Storage;

namespace HmacFileServer.Tests.Storage;

public sealed class BlobKeyTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("a/b/c/d/e/f.txt")]
    [InlineData("s1/.hidden")]
    [InlineData("s1/..jpg")]
    [InlineData("s1/...")]
    [InlineData("s1/a..b")]
    [InlineData("s1/a\\b")]
    [InlineData("s1/a..\\b")]
    [InlineData("s1/ ")]
    [InlineData("s1/~")]
    [InlineData("s1/\u202etxt.exe")]
    [InlineData("s1/e\u0301")]
    [InlineData("s1/CON")]
    [InlineData("s1/-rf")]
    public void A_name_is_kept_as_it_is(string text)
    {
        BlobKey.TryParse(Encoding.UTF8.GetBytes(text), out var key).Should().BeTrue();
        key.Text.Should().Be(text);
        key.StoredPath.Should().Be(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".hfs/incoming/x")]
    [InlineData(".a/b")]
    [InlineData("a/.")]
    [InlineData("a/./b")]
    [InlineData("a/../b")]
    [InlineData("a/..")]
    [InlineData("a/..\\b")]
    [InlineData("a/b\\..\\c")]
    [InlineData("a/\\..")]
    [InlineData("a/.\\b")]
    [InlineData("a/b\0c")]
    [InlineData("a/b\nc")]
    [InlineData("a/b\u007f")]
    [InlineData("a/b\u0085")]
    public void What_could_leave_the_store_or_is_no_name_is_no_key(string text) =>
        BlobKey.TryParse(Encoding.UTF8.GetBytes(text), out _).Should().BeFalse();

    [Theory]
    [InlineData(new byte[] { (byte)'a', (byte)'/', 0xff })]
    [InlineData(new byte[] { (byte)'a', 0xc0, 0xaf, (byte)'b' })]             // "/" in two bytes
    [InlineData(new byte[] { (byte)'a', (byte)'/', 0xc0, 0xae, 0xc0, 0xae })] // ".." in four
    [InlineData(new byte[] { (byte)'a', (byte)'/', 0xe0, 0x80, 0xaf })]
    [InlineData(new byte[] { (byte)'a', (byte)'/', 0xed, 0xa0, 0x80 })]       // a lone surrogate
    [InlineData(new byte[] { (byte)'a', (byte)'/', 0xe6, 0x97 })]             // half a character
    [InlineData(new byte[] { (byte)'a', (byte)'/', 0xf4, 0x90, 0x80, 0x80 })] // beyond U+10FFFF
    public void What_is_not_utf8_is_no_key(byte[] decoded) => BlobKey.TryParse(decoded, out _).Should().BeFalse();

    [Fact]
    public void Names_of_more_than_255_bytes_get_short_ones_of_their_own()
    {
        var names = new[]
        {
            new string('n', 255),
            new string('n', 256),
            new string('n', 257),
            new string('n', 300) + ".txt",
            new string('n', 301) + ".txt",
            new string('日', 86),
            new string('日', 87),
            string.Concat(Enumerable.Repeat("😀", 70)),
            "x" + string.Concat(Enumerable.Repeat("😀", 70)),
            "." + new string('n', 300),
            new string('n', 300) + "." + new string('e', 300),
        };

        var stored = names.Select(name => Parse($"s1/{name}").StoredPath).ToArray();

        stored.Should().OnlyHaveUniqueItems();
        stored.Should().OnlyContain(path => path.StartsWith("s1/") && Encoding.UTF8.GetByteCount(path) <= 3 + 255);
        stored.Should().NotContain(path => path.Contains('\ufffd'));
        stored[0].Should().Be("s1/" + names[0]);
        stored[3].Should().EndWith(".txt");
        names.Select(name => Parse($"s1/{name}").StoredPath).Should().Equal(stored, "the same name is found again");
    }

    [Fact]
    public void A_folder_name_that_is_too_long_is_shortened_too()
    {
        var key = Parse($"{new string('u', 400)}/{new string('n', 400)}");

        key.StoredPath.Split('/').Should().HaveCount(2).And.OnlyContain(segment => segment.Length <= 255);
        key.Name.Should().Be(new string('n', 400));
    }

    [Fact]
    public void A_name_that_looks_like_a_short_one_does_not_take_its_place()
    {
        var longName = new string('n', 300) + ".txt";
        var itsShortForm = Parse($"s1/{longName}").StoredPath;

        var key = Parse(itsShortForm);

        key.StoredPath.Should().NotBe(itsShortForm);
        Parse(key.StoredPath).StoredPath.Should().NotBe(key.StoredPath).And.NotBe(itsShortForm);
    }

    [Fact]
    public void A_path_that_the_system_could_not_hold_is_no_key()
    {
        BlobKey.TryParse(string.Join('/', Enumerable.Repeat("abcdefg", 256)), out _).Should().BeTrue();
        BlobKey.TryParse(string.Join('/', Enumerable.Repeat("abcdefg", 257)), out _).Should().BeFalse();
    }

    [Theory]
    [InlineData("s1/a.JPG", "jpg")]
    [InlineData("s1/a.tar.gz", "gz")]
    [InlineData("s1/.hidden", "")]
    [InlineData("s1/.hidden.txt", "txt")]
    [InlineData("s1/a.", "")]
    [InlineData("s1.x/a", "")]
    public void The_extension_is_the_last_one_of_the_file_name(string text, string extension) =>
        Parse(text).Extension.Should().Be(extension);

    private static BlobKey Parse(string text)
    {
        BlobKey.TryParse(text, out var key).Should().BeTrue("{0} is a key", text);
        return key;
    }
}
