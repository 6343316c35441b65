using System.Text;
using HmacFileServer.Http;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots;

public sealed class VectorTests
{
    private const int ServedUpTo = 1 << 20;

    public static TheoryData<string> Secrets() => new(Vector.All.Select(vector => vector.Secret).Distinct());

    [Theory]
    [MemberData(nameof(Secrets))]
    public async Task Every_slot_that_a_real_issuer_gave_out_can_be_used_and_the_file_comes_back(string secret)
    {
        var vectors = Vector.All.Where(
            vector => vector.Secret == secret && vector.IsPossible && vector.Size <= ServedUpTo).ToArray();
        var clock = new ManualClock(vectors.Max(vector => vector.Now));
        await using var server = await TestServer.StartAsync(
            "base_path = \"/upload/\"\nfsync = false", $"secret = \"{secret}\"\nhmac_validity = \"900d\"",
            clock: clock);

        foreach (var vector in vectors)
        {
            var body = Encoding.UTF8.GetBytes(new string('x', (int)vector.Size));
            string[] headers = vector.Authorization is { } token ? [$"Authorization: {token}"] : [];
            var put = await server.PutAsync(vector.Target, body, [.. headers, $"Content-Type: {vector.Type}"]);
            var get = await server.GetAsync(vector.Target.Split('?')[0]);

            put.Status.Should().Be(201, "of {0}", vector);
            get.Body.Should().Equal(body, "of {0}", vector);
        }

        vectors.Should().HaveCountGreaterThan(20);
        server.FilesLeft().Should().HaveCount(vectors.Select(vector => vector.Key).Distinct().Count());
    }

    [Fact]
    public async Task Slots_for_names_that_no_file_can_have_are_refused_though_their_signature_is_good()
    {
        var impossible = Vector.All.Where(vector => !vector.IsPossible && vector.Size >= 0).ToArray();
        await using var server = await TestServer.StartAsync(
            "base_path = \"/upload/\"", "previous_secrets = [\"test-secret\"]",
            clock: new ManualClock(impossible.Max(v => v.Now)));

        foreach (var vector in impossible)
        {
            string[] headers = vector.Authorization is { } token ? [$"Authorization: {token}"] : [];
            var put = await server.PutAsync(vector.Target, new byte[vector.Size], headers);

            (put.Status, put["X-Refusal"]).Should().Be((400, "bad-path"), "of {0}", vector);
        }

        impossible.Should().NotBeEmpty();
        server.ExpectLeft();
    }

    [Fact]
    public void Every_vector_verifies()
    {
        foreach (var vector in Vector.All.Where(vector => vector.IsPossible))
        {
            Judge(vector).Should().BeNull("of {0}", vector);
        }
    }

    [Fact]
    public void No_vector_verifies_with_another_path()
    {
        foreach (var vector in Vector.All.Where(vector => vector.IsPossible))
        {
            foreach (var path in OneBitOff(Encoding.UTF8.GetBytes(vector.Key)))
            {
                var target = "/upload/" + string.Concat(path.Select(octet => $"%{octet:x2}")) + vector.Query;
                Refused(vector with { Target = target });
            }
        }
    }

    [Fact]
    public void No_vector_verifies_with_another_size()
    {
        foreach (var vector in Vector.All.Where(vector => vector.IsPossible))
        {
            foreach (var size in Enumerable.Range(0, 62).Select(bit => vector.Size ^ (1L << bit)))
            {
                Refused(vector with { Size = size });
            }
        }
    }

    [Fact]
    public void No_vector_that_signs_its_type_stores_another_whatever_the_client_sends()
    {
        var typed = Vector.All.Where(
            vector => vector.IsPossible && vector.Query.StartsWith("?v2=", StringComparison.Ordinal)).ToArray();
        foreach (var vector in typed)
        {
            var stored = vector.Type == "bogus" ? "application/octet-stream" : vector.Type;
            var others = OneBitOff(Encoding.UTF8.GetBytes(vector.Type)).Select(Encoding.Latin1.GetString);
            foreach (var type in others.Append(""))
            {
                // Case is spelling, not another type (RFC 9110 section 8.3.1).
                var refusal = Judgement.Of(
                    Judgement.Rules(vector.Secret), vector.Target, vector.Size, out var slot, type, now: vector.Now);
                if (refusal is null && !stored.Equals(slot.Terms.ContentType ?? "", StringComparison.OrdinalIgnoreCase))
                {
                    Assert.Fail($"{vector.Target} was signed for {vector.Type}, sent {type}: {slot.Terms.ContentType}");
                }
            }
        }

        typed.Should().HaveCountGreaterThan(20);
    }

    [Fact]
    public void No_token_verifies_with_another_claim()
    {
        var tokens = Vector.All.Where(vector => vector.IsPossible && vector.Authorization is not null).ToArray();
        foreach (var vector in tokens)
        {
            var token = vector.Authorization!["Bearer ".Length..];
            var signed = Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]);
            foreach (var changed in OneBitOff(signed).Select(Encoding.Latin1.GetString))
            {
                Refused(vector with { Authorization = $"Bearer {changed}{token[signed.Length..]}" });
            }
        }

        tokens.Should().HaveCountGreaterThan(20);
    }

    [Fact]
    public void No_vector_verifies_with_another_secret()
    {
        foreach (var vector in Vector.All.Where(vector => vector.IsPossible))
        {
            foreach (var secret in OneBitOff(Encoding.ASCII.GetBytes(vector.Secret), bits: 7)
                .Select(Encoding.ASCII.GetString))
            {
                Refused(vector with { Secret = secret });
            }
        }
    }

    private static Refusal? Judge(Vector vector) => Judgement.Of(
        Judgement.Rules(vector.Secret), vector.Target, vector.Size, vector.Type, vector.Authorization, vector.Now);

    private static void Refused(Vector changed)
    {
        if (Judge(changed) is null)
        {
            Assert.Fail($"verified, but must not: {changed.Target}, {changed.Size} bytes, {changed.Type}, "
                + $"{changed.Authorization}");
        }
    }

    private static IEnumerable<byte[]> OneBitOff(byte[] bytes, int bits = 8)
    {
        for (var bit = 0; bit < bytes.Length * bits; bit++)
        {
            var changed = (byte[])bytes.Clone();
            changed[bit / bits] ^= (byte)(1 << (bit % bits));
            yield return changed;
        }
    }
}
