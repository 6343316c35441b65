using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace HmacFileServer.Doctor.Chat.Wire;

/// <summary>
/// Where a domain offers a service (RFC 2782). The lower priority comes first, then the greater weight.
/// </summary>
/// <param name="Host">Empty where the domain says that it does not offer it at all.</param>
internal sealed record SrvRecord(int Priority, int Weight, int Port, string Host);

/// <summary>
/// Asks the resolver of this machine for SRV records, one question in one datagram (RFC 1035): .NET has no way to ask
/// for any but addresses.
/// </summary>
internal sealed class SrvRecords(IReadOnlyList<IPEndPoint> resolvers)
{
    private const int Srv = 33;
    private const int MostHops = 64; // of a name that points elsewhere in the message
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static SrvRecords OfThisMachine() => new(Resolvers("/etc/resolv.conf"));

    /// <param name="name">"_xmpp-client._tcp.example.org".</param>
    /// <returns>In the order in which to try them; null when nobody answers, which is not the same as none.</returns>
    public async Task<IReadOnlyList<SrvRecord>?> FindAsync(string name, CancellationToken cancel)
    {
        var id = (ushort)RandomNumberGenerator.GetInt32(1 << 16);
        if (Question(id, name) is not { } question)
        {
            return null;
        }

        foreach (var resolver in resolvers)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(Patience);
            try
            {
                using var socket = new UdpClient(resolver.AddressFamily);
                socket.Connect(resolver);
                await socket.SendAsync(question, patience.Token);
                while (true)
                {
                    var message = (await socket.ReceiveAsync(patience.Token)).Buffer;
                    if (message.Length >= 12 && BinaryPrimitives.ReadUInt16BigEndian(message) == id)
                    {
                        return
                        [
                            .. Answers(message).OrderBy(record => record.Priority)
                                .ThenByDescending(record => record.Weight),
                        ];
                    }
                }
            }
            catch (SocketException)
            {
                // The next one may do.
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                // The next one may do.
            }
        }

        return null;
    }

    private static byte[]? Question(ushort id, string name)
    {
        var labels = name.Split('.');
        if (name.Length > 253 || !Ascii.IsValid(name) || labels.Any(label => label.Length is 0 or > 63))
        {
            return null;
        }

        byte[] head = [(byte)(id >> 8), (byte)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]; // recursion, please; one question
        var text = labels.SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]);
        return [.. head, .. text, 0, 0, Srv, 0, 1];
    }

    private static List<SrvRecord> Answers(byte[] message)
    {
        List<SrvRecord> records = [];
        try
        {
            int Number(int at) => BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(at));
            var at = 12;
            for (var question = Number(4); question > 0; question--)
            {
                Name(message, ref at);
                at += 4;
            }

            for (var answer = Number(6); answer > 0; answer--)
            {
                Name(message, ref at);
                var (type, data) = (Number(at), at + 10);
                at = data + Number(at + 8);
                if (type == Srv)
                {
                    var target = data + 6;
                    records.Add(new SrvRecord(
                        Number(data), Number(data + 2), Number(data + 4), Name(message, ref target)));
                }
            }
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            // The message is shorter than it says: what came before still stands.
        }

        return records;
    }

    private static string Name(byte[] message, ref int at)
    {
        List<string> labels = [];
        var (place, hops, end) = (at, 0, -1);
        while (message[place] is > 0 and var length && hops < MostHops)
        {
            hops++;
            if (length >= 0xC0)
            {
                end = end < 0 ? place + 2 : end;
                place = ((length & 0x3F) << 8) | message[place + 1];
                continue;
            }

            labels.Add(Encoding.ASCII.GetString(message, place + 1, length));
            place += 1 + length;
        }

        at = end < 0 ? place + 1 : end;
        return string.Join('.', labels);
    }

    private static IPEndPoint[] Resolvers(string file)
    {
        try
        {
            return
            [
                .. File.ReadLines(file).Take(100)
                    .Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
                    .Where(words => words is ["nameserver", _, ..])
                    .Select(words => IPAddress.TryParse(words[1], out var address) ? address : null)
                    .OfType<IPAddress>().Take(3).Select(address => new IPEndPoint(address, 53)),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
