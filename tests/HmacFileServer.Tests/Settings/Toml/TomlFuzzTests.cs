using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Tests.Settings.Toml;

public sealed class TomlFuzzTests
{
    // The bytes on which the grammar turns; among all 256 a document would hardly get past its first.
    private static readonly byte[] Grammar =
        [.. "\r\n\t #=.,[]{}\"'\\_+-:abtefinuUxoTZ0123456789\0"u8, 0x80, 0xC3, 0xFF];

    [Fact]
    public void Random_bytes_are_read_or_refused_with_a_place_in_the_file_and_nothing_else()
    {
        var random = new Random(1);
        for (var round = 0; round < 20_000; round++)
        {
            var document = new byte[random.Next(64)];
            random.NextBytes(document);

            ReadOrRefuse(document);
        }
    }

    [Fact]
    public void Random_grammar_is_read_or_refused_with_a_place_in_the_file_and_nothing_else()
    {
        var random = new Random(2);
        for (var round = 0; round < 100_000; round++)
        {
            ReadOrRefuse(random.GetItems(Grammar, random.Next(48)));
        }
    }

    [Fact]
    public void A_document_cut_short_anywhere_is_read_or_refused_and_nothing_else()
    {
        foreach (var document in TomlSeeds.Documents)
        {
            for (var length = 0; length <= document.Length; length++)
            {
                ReadOrRefuse(document[..length]);
            }
        }
    }

    private static void ReadOrRefuse(byte[] document)
    {
        try
        {
            TomlDocument.Read(document);
        }
        catch (TomlException refusal)
        {
            Assert.NotEmpty(refusal.Problems);
            foreach (var (position, sentence) in refusal.Problems)
            {
                Assert.InRange(position.Line, 1, document.Count(octet => octet == '\n') + 1);
                Assert.InRange(position.Column, 1, document.Length + 1);
                Assert.DoesNotContain(sentence, char.IsControl);
            }
        }
    }
}
