using System.Net;
using System.Text;
using HmacFileServer.Http.Proxies;

namespace HmacFileServer.Tests.Http.Proxies;

/// <summary>Headers of the PROXY protocol, proxy-protocol.txt 2.1 and 2.2.</summary>
public sealed class ProxyHeaderTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 127.0.0.1 56324 443\r\n", "192.0.2.7:56324")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535")]
    [InlineData("PROXY TCP6 2001:db8::7 ::1 1 443\r\n", "[2001:db8::7]:1")]
    [InlineData("PROXY UNKNOWN\r\n", null)]
    [InlineData("PROXY UNKNOWN ffff:f::1 whatever 1 2\r\n", null)]
    public void A_line_names_the_client(string line, string? client)
    {
        var reading = ProxyHeader.Read(Encoding.ASCII.GetBytes(line + "PUT / HTTP/1.1\r\n"), out var header);

        reading.Should().Be(ProxyHeaderReading.Complete);
        header.Should().Be(new ProxyHeader(line.Length, client is null ? null : IPEndPoint.Parse(client)));
    }

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 127.0.0.1 56324\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 127.0.0.1 56324 443 1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7  127.0.0.1 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 127.0.0.1 56324 443 \r\n")]
    [InlineData("PROXY TCP4 192.0.2 127.0.0.1 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.256 127.0.0.1 56324 443\r\n")]
    [InlineData("PROXY TCP4 0x7f.0.0.1 127.0.0.1 56324 443\r\n")]
    [InlineData("PROXY TCP4 010.0.0.1 127.0.0.1 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 127.0.0.1 65536 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 127.0.0.1 -1 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 127.0.0.1 007 443\r\n")]
    [InlineData("PROXY TCP4 2001:db8::7 ::1 56324 443\r\n")]
    [InlineData("PROXY TCP6 192.0.2.7 127.0.0.1 56324 443\r\n")]
    [InlineData("PROXY TCP6 fe80::1%1 ::1 56324 443\r\n")]
    [InlineData("PROXY UDP4 192.0.2.7 127.0.0.1 56324 443\r\n")]
    [InlineData("PROXY\r\n")]
    [InlineData("proxy TCP4 192.0.2.7 127.0.0.1 56324 443\r\n")]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n")]
    public void What_is_nearly_a_line_is_none(string line) =>
        ProxyHeader.Read(Encoding.ASCII.GetBytes(line), out _).Should().Be(ProxyHeaderReading.Malformed);

    [Fact]
    public void A_line_ends_within_107_bytes()
    {
        var endless = "PROXY UNKNOWN " + new string('x', 200);

        ProxyHeader.Read(Encoding.ASCII.GetBytes(endless[..106]), out _).Should().Be(ProxyHeaderReading.Incomplete);
        ProxyHeader.Read(Encoding.ASCII.GetBytes(endless[..107]), out _).Should().Be(ProxyHeaderReading.Malformed);
        ProxyHeader.Read(Encoding.ASCII.GetBytes(endless[..106] + "\r\n"), out _)
            .Should().Be(ProxyHeaderReading.Malformed);
    }

    [Theory]
    [InlineData("2111000CC00002077F000001DC0401BB", "192.0.2.7:56324")]
    [InlineData("2111000FC00002077F000001DC0401BB040000", "192.0.2.7:56324")] // with an addition of its own
    [InlineData("2121002420010DB8000000000000000000000007000000000000000000000000000000010001" + "01BB",
        "[2001:db8::7]:1")]
    [InlineData("20000000", null)]                                             // LOCAL: a health check of the proxy's
    [InlineData("2011000CC00002077F000001DC0401BB", null)]                     // LOCAL: addresses don't count
    [InlineData("21000000", null)]                                             // a client of an unknown kind
    public void Version_2_names_the_client(string hex, string? client)
    {
        var bytes = Convert.FromHexString(Signature + hex);

        var reading = ProxyHeader.Read([.. bytes, .. "GET /"u8], out var header);

        reading.Should().Be(ProxyHeaderReading.Complete);
        header.Should().Be(new ProxyHeader(bytes.Length, client is null ? null : IPEndPoint.Parse(client)));
    }

    [Theory]
    [InlineData("1111000CC00002077F000001DC0401BB")] // version 1 in binary
    [InlineData("2211000CC00002077F000001DC0401BB")] // an unknown command
    [InlineData("2111000BC00002077F000001DC0401")]   // too short for its addresses
    [InlineData("2121000CC00002077F000001DC0401BB")]
    [InlineData("211107F1")]                         // one byte over the most we read
    public void What_version_2_does_not_know_is_refused(string hex) =>
        ProxyHeader.Read(Convert.FromHexString(Signature + hex), out _).Should().Be(ProxyHeaderReading.Malformed);

    [Fact]
    public void However_it_is_cut_a_header_is_read_when_it_is_whole_and_not_before()
    {
        byte[][] headers =
        [
            "PROXY TCP4 192.0.2.7 127.0.0.1 56324 443\r\n"u8.ToArray(),
            Convert.FromHexString(Signature + "2111000CC00002077F000001DC0401BB"),
        ];
        foreach (var whole in headers)
        {
            for (var length = 0; length < whole.Length; length++)
            {
                ProxyHeader.Read(whole.AsSpan(0, length), out _)
                    .Should().Be(ProxyHeaderReading.Incomplete, "{0} bytes", length);
            }

            ProxyHeader.Read(whole, out _).Should().Be(ProxyHeaderReading.Complete);
        }
    }

    [Fact]
    public void No_bytes_make_the_reader_throw_or_read_past_the_end()
    {
        var random = new Random(1);
        var start = Convert.FromHexString(Signature);
        for (var round = 0; round < 50_000; round++)
        {
            var bytes = new byte[random.Next(0, 120)];
            random.NextBytes(bytes);
            byte[] input = (round % 3) switch
            {
                0 => bytes,
                1 => [.. start, .. bytes],
                _ => [.. "PROXY "u8, .. bytes, .. "\r\n"u8],
            };

            if (ProxyHeader.Read(input, out var header) == ProxyHeaderReading.Complete)
            {
                header.Length.Should().BeInRange(1, input.Length);
            }
        }
    }
}
