using System.Net;
using System.Net.Sockets;
using System.Text;
using HmacFileServer.Doctor.Chat.Wire;
using HmacFileServer.Doctor.Report;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Doctor.Chat;

/// <summary>Where a domain's XMPP server is, asked of a resolver that says what the test wants.</summary>
public sealed class SrvRecordTests
{
    private const string Usual = "_xmpp-client._tcp.example.org";
    private const string Direct = "_xmpps-client._tcp.example.org";
    private static readonly ChatAccount Alice = new("alice", "example.org");

    [Fact]
    public async Task The_places_come_by_priority_those_with_direct_TLS_among_them()
    {
        using var dns = new Resolver(name => name switch
        {
            Usual => [(10, 1, 5222, "b.example.org"), (10, 9, 5222, "a.example.org"), (30, 0, 80, "last.example.org")],
            Direct => [(20, 0, 443, "tls.example.org")],
            _ => [],
        });

        var places = await ChatPlaces.FindAsync(Alice, dns.Records, default);

        places.Select(place => (place.Host, place.Port, place.IsDirectTls)).Should().Equal(
            ("a.example.org", 5222, false), ("b.example.org", 5222, false), ("tls.example.org", 443, true),
            ("last.example.org", 80, false));
        places.Should().OnlyContain(place => place.Domain == "example.org" && place.IsFromDns);
    }

    [Fact]
    public async Task Without_records_it_is_the_domain_itself()
    {
        using var dns = new Resolver(_ => []);

        (await ChatPlaces.FindAsync(Alice, dns.Records, default)).Should().Equal(Alice);
    }

    [Fact]
    public async Task Without_a_resolver_too()
    {
        var nobody = new SrvRecords([]);

        (await ChatPlaces.FindAsync(Alice, nobody, default)).Should().Equal(Alice);
    }

    [Fact]
    public async Task What_the_operator_says_comes_before_the_DNS()
    {
        using var dns = new Resolver(_ => [(1, 1, 1, "elsewhere.example.org")]);
        var told = Alice with { Host = "127.0.0.1", IsPlaceGiven = true };

        (await ChatPlaces.FindAsync(told, dns.Records, default)).Should().Equal(told);
    }

    [Fact]
    public async Task A_domain_that_says_it_has_no_server_is_a_finding()
    {
        using var dns = new Resolver(name => name == Usual ? [(0, 0, 0, "")] : []);

        var find = () => ChatPlaces.FindAsync(Alice, dns.Records, default);

        (await find.Should().ThrowAsync<ChatException>()).Which.Finding.Code.Should().Be("xmpp-srv-none");
    }

    [Fact]
    public async Task A_place_where_nobody_is_costs_a_warning_and_the_next_is_tried()
    {
        await using var server = new ChatServer(_ => "");
        var good = server.Start();
        var dead = good with { Port = 1 };
        List<Finding> findings = [];

        await using var stream = await ChatPlaces.OpenAsync([dead, good], findings, default);

        findings.Should().ContainSingle().Which.Code.Should().Be("xmpp-srv-dead");
    }

    [Fact]
    public async Task Random_bytes_are_never_more_than_no_records()
    {
        var random = new Random(20260103);
        byte[] noise = [];
        using var dns = new Resolver(_ => [(1, 1, 5222, "a.example.org")], message =>
        {
            noise = message[..random.Next(12, message.Length + 1)];
            for (var i = 0; i < 6; i++)
            {
                noise[random.Next(4, noise.Length)] = (byte)random.Next(256);
            }

            return noise;
        });
        for (var round = 0; round < 300; round++)
        {
            (await dns.Records.FindAsync(Usual, default))
                .Should().NotBeNull("{0} is an answer", Convert.ToHexString(noise));
        }
    }

    /// <summary>A name server on the loopback for SRV records alone.</summary>
    private sealed class Resolver : IDisposable
    {
        private readonly UdpClient socket = new(new IPEndPoint(IPAddress.Loopback, 0));

        public Resolver(
            Func<string, (int Priority, int Weight, int Port, string Host)[]> answers,
            Func<byte[], byte[]>? spoil = null)
        {
            Records = new SrvRecords([(IPEndPoint)socket.Client.LocalEndPoint!]);
            _ = ServeAsync(answers, spoil ?? (message => message));
        }

        public SrvRecords Records { get; }

        public void Dispose() => socket.Dispose();

        private async Task ServeAsync(
            Func<string, (int Priority, int Weight, int Port, string Host)[]> answers, Func<byte[], byte[]> spoil)
        {
            try
            {
                while (true)
                {
                    var asked = await socket.ReceiveAsync();
                    await socket.SendAsync(spoil(Message(asked.Buffer, answers)), asked.RemoteEndPoint);
                }
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException)
            {
                // The test is over.
            }
        }

        private static byte[] Message(
            byte[] question, Func<string, (int Priority, int Weight, int Port, string Host)[]> answers)
        {
            List<string> labels = [];
            for (var at = 12; question[at] > 0; at += question[at] + 1)
            {
                labels.Add(Encoding.ASCII.GetString(question, at + 1, question[at]));
            }

            var records = answers(string.Join('.', labels));
            List<byte> message =
            [
                .. question[..2], 0x81, 0x80, 0, 1, 0, (byte)records.Length, 0, 0, 0, 0, .. question[12..],
            ];
            foreach (var (priority, weight, port, host) in records)
            {
                byte[] target = [.. host.Split('.', StringSplitOptions.RemoveEmptyEntries)
                    .SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
                // the name: that of the question
                message.AddRange([0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, (byte)(6 + target.Length)]);
                message.AddRange([(byte)(priority >> 8), (byte)priority, (byte)(weight >> 8), (byte)weight]);
                message.AddRange([(byte)(port >> 8), (byte)port]);
                message.AddRange(target);
            }

            return [.. message];
        }
    }
}
