using HmacFileServer.Settings.Values;

namespace HmacFileServer.Tests.Settings;

public sealed class ValueTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1048576", 1048576)]
    [InlineData("100B", 100)]
    [InlineData("1KB", 1024)]
    [InlineData("1KiB", 1024)]
    [InlineData("1.5MB", 1572864)]
    [InlineData("10 gb", 10737418240)]
    [InlineData("2TiB", 2199023255552)]
    public void A_size_is_a_number_and_a_unit_of_1024s(string text, long bytes)
    {
        ByteSize.TryParse(text, out var size, out _).Should().BeTrue();
        size.Bytes.Should().Be(bytes);
    }

    [Theory]
    [InlineData("8191PB")]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("-1GB")]
    [InlineData("1e9")]
    [InlineData("1,000")]
    [InlineData("99999999TB")]
    public void What_is_no_size_is_refused(string text) =>
        ByteSize.TryParse(text, out _, out _).Should().BeFalse();

    [Theory]
    [InlineData("7200s", 7200)]
    [InlineData("7200", 7200)]
    [InlineData("1h30m", 5400)]
    [InlineData("24h", 86400)]
    [InlineData("7d", 604800)]
    [InlineData("90d", 7776000)]
    [InlineData("1y", 31536000)]
    [InlineData("0s", 0)]
    [InlineData("500ms", 0.5)]
    [InlineData("2 w", 1209600)]
    public void A_duration_is_numbers_and_units(string text, double seconds)
    {
        Duration.TryParse(text, out var duration, out _).Should().BeTrue();
        duration.Time.TotalSeconds.Should().Be(seconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("h")]
    [InlineData("-5s")]
    [InlineData("1.5h")]
    [InlineData("1 fortnight")]
    [InlineData("9999999999999y")]
    public void What_is_no_duration_is_refused(string text) =>
        Duration.TryParse(text, out _, out _).Should().BeFalse();

    [Theory]
    [InlineData("127.0.0.1:8080", "127.0.0.1:8080")]
    [InlineData("8080", "*:8080")]
    [InlineData(":8080", "*:8080")]
    [InlineData("[::]:8080", "[::]:8080")]
    [InlineData("localhost:0", "127.0.0.1:0")]
    [InlineData("unix:/run/hfs.sock", "unix:/run/hfs.sock")]
    [InlineData("::1:8080", null)]
    [InlineData("[127.0.0.1]:80", null)]
    [InlineData("127.0.0.1", null)]
    [InlineData("127.0.0.1:65536", null)]
    [InlineData("example.org:80", null)]
    [InlineData("unix:relative.sock", null)]
    [InlineData("", null)]
    public void An_address_is_a_host_and_a_port_or_a_socket(string text, string? meant)
    {
        ListenAddress.TryParse(text, out var address, out _).Should().Be(meant is not null);
        if (meant is not null)
        {
            address.ToString().Should().Be(meant);
        }
    }

    [Theory]
    [InlineData("Image/PNG", "image/png")]
    [InlineData("image/*", "image/*")]
    [InlineData("image/png; a=b", null)]
    [InlineData("image/png;", null)]
    [InlineData("image/png,text/html", null)]
    [InlineData("image/p(n)g", null)]
    [InlineData("image/", null)]
    [InlineData("image", null)]
    [InlineData("", null)]
    public void A_type_that_is_shown_is_one_media_type_without_parameters(string text, string? meant)
    {
        var good = Parsers.MediaType(text, out var value, out _);

        (good ? value : null).Should().Be(meant);
    }

    [Theory]
    [InlineData("upload", "/upload/")]
    [InlineData("/upload/", "/upload/")]
    [InlineData("/", "/")]
    [InlineData("", "/")]
    [InlineData("/a/b", "/a/b/")]
    [InlineData("/ü", "/ü/")]
    [InlineData("/a//b/", null)]
    [InlineData("/../", null)]
    [InlineData("/a%20b/", null)]
    [InlineData("/a?b", null)]
    public void A_base_path_begins_and_ends_with_a_slash(string text, string? meant)
    {
        var good = UrlParsers.BasePath(text, out var value, out _);

        good.Should().Be(meant is not null);
        (good ? value : null).Should().Be(meant);
    }
}
