using System.Text;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Toml;

namespace HmacFileServer.Tests.Settings.Toml;

public sealed class TomlLimitTests
{
    private const string TooDeep = "Tables and arrays are nested more than 64 levels deep.";

    // Ends what hangs. A megabyte takes about a second, on a busy machine half a minute; what it costs is judged below.
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(10);

    public static TheoryData<string, string, string, string> HostileDocuments => new()
    {
        // what it is, how it begins, what repeats (with % for a number), how it ends
        { "keys", "", "k%=0\n", "" },
        { "dotted keys in one table", "", "a.k%=0\n", "" },
        { "dotted keys in tables of their own", "", $"a%{Times(".a", 60)}=0\n", "" },
        { "long headers with a common beginning", "", $"[{Times("a.", 60)}k%]\n", "" },
        { "long headers with nothing in common", "", $"[k%{Times(".a", 60)}]\n", "" },
        { "tables of one array", "", "[[a]]\n", "" },
        { "tables in the last of an array", "", "[[a.b]]\n[a.b.c]\n", "" },
        { "numbers on one line", "a=[", "0,", "]" },
        { "empty arrays", "a=[", "[],", "]" },
        { "inline tables", "a=[", "{a.b=1,a.c=1},", "]" },
        { "keys of one inline table", "a={", "k%=0,", "z=0}" },
        { "texts", "a=[", "'é',", "]" },
        { "escapes", "a=\"", "\\u0041", "\"" },
        { "quotes inside text", "a=\"\"\"", "\"\"x", "\"\"\"" },
        { "folds", "a=\"\"\"", "\\ \r\n \t", "\"\"\"" },
        { "blank lines", "", " \t\r\n", "" },
        { "comments", "", "#é\n", "" },
        { "one comment", "#", "x", "" },
        { "digits of a float", "a=0.", "1_", "1" },
        { "digits of an exponent", "a=1e", "9", "" },
    };

    [Theory]
    [MemberData(nameof(HostileDocuments))]
    public async Task A_hostile_file_of_full_size_costs_no_more_for_each_byte_than_a_small_one(
        string what, string head, string part, string tail)
    {
        Cost(Build(head, part, tail, 1000)); // what is allocated once only
        var small = Build(head, part, tail, TomlDocument.MaxBytes / 16);
        var full = Build(head, part, tail, TomlDocument.MaxBytes);

        var growth = await Task.Run(() => (double)Cost(full) / Cost(small)).WaitAsync(Hang, TimeProvider.System);

        // Sixteen times the bytes: linear is 16, quadratic 256. Doubling tables may add a little under twice.
        growth.Should().BeLessThan(32, "of {0}", what);
    }

    [Theory]
    [InlineData("[", "[a")]
    [InlineData("", "a.")]
    [InlineData("a=", "[")]
    [InlineData("a=", "{a=")]
    [InlineData("", "[[a]]\n[a.b")]
    [InlineData("[", "a.")]
    public async Task A_file_full_of_openings_is_refused(string head, string part)
    {
        var toml = Build(head, part, "", TomlDocument.MaxBytes);

        var reading = Task.Run(() => TomlDocument.Read(toml)).WaitAsync(Hang, TimeProvider.System);

        await FluentActions.Awaiting(() => reading).Should().ThrowAsync<TomlException>();
    }

    [Theory]
    [InlineData("a=", "[", "", "]", 3)]
    [InlineData("a=", "{a=", "{}", "}", 3)]
    [InlineData("[", "a.", "a]", "", 2)]
    [InlineData("", "a.", "a=0", "", 1)]
    [InlineData("[a]\nb=", "[", "", "]", 3)]
    [InlineData("[[a]]\nb=", "[", "", "]", 3)]
    public void Nesting_is_allowed_to_64_levels_and_refused_beyond(
        string head, string open, string middle, string close, int column)
    {
        var openings = 1;
        while (TryRead(openings) is null)
        {
            openings++;
        }

        Depth(TomlDocument.Read(Nested(openings - 1))).Should().Be(TomlDocument.MaxDepth);
        var refusal = TryRead(openings)!;
        refusal.Problems[0].Sentence.Should().Be(TooDeep);
        refusal.Problems[0].Position.Column.Should().BeGreaterThan(column).And.BeLessThan(Nested(openings).Length);

        byte[] Nested(int times) => Encoding.UTF8.GetBytes($"{head}{Times(open, times)}{middle}{Times(close, times)}");

        TomlException? TryRead(int times)
        {
            try
            {
                TomlDocument.Read(Nested(times));
                return null;
            }
            catch (TomlException refused)
            {
                return refused;
            }
        }
    }

    [Fact]
    public void Headers_dotted_keys_arrays_and_inline_tables_count_together()
    {
        // 16 tables by header, 16 by a dotted key, 16 arrays, 16 inline tables: 64; one more array is too many.
        var head = $"[{Times("h.", 15)}h]\n{Times("d.", 16)}k={Times("[", 16)}{Times("{i=", 16)}";

        var allowed = Encoding.UTF8.GetBytes($"{head}0{Times("}", 16)}{Times("]", 16)}");
        var beyond = Encoding.UTF8.GetBytes($"{head}[]{Times("}", 16)}{Times("]", 16)}");

        Depth(TomlDocument.Read(allowed)).Should().Be(TomlDocument.MaxDepth);
        FluentActions.Invoking(() => TomlDocument.Read(beyond)).Should().Throw<TomlException>().WithMessage($"*{TooDeep}");
    }

    [Fact]
    public void A_file_of_one_mebibyte_is_read_and_one_byte_more_refused()
    {
        var allowed = Build("#", "x", "", TomlDocument.MaxBytes);

        TomlDocument.Read(allowed).Entries.Should().BeEmpty();
        var refusal = FluentActions.Invoking(() => TomlDocument.Read([.. allowed, (byte)'x']))
            .Should().Throw<TomlException>().WithMessage("1:1  The file is larger than 1,048,576 bytes.").Which;
        refusal.Problems[0].Position.Should().Be(new TomlPosition(1, 1));
    }

    [Fact]
    public void A_file_without_end_is_refused_and_not_read_to_its_end()
    {
        FluentActions.Invoking(() => TomlConfiguration.Load("/dev/zero"))
            .Should().Throw<TomlException>().WithMessage("1:1  The file is larger than 1,048,576 bytes.");
    }

    // Allocated bytes, and no less than those of the file: comments allocate next to nothing, and beside nothing the
    // few kilobytes by which the runtime's own tables (of casts, say) grow now and then would look like growth.
    private static long Cost(byte[] toml)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        TomlDocument.Read(toml);
        return Math.Max(toml.Length, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Build(string head, string part, string tail, int length)
    {
        var text = new StringBuilder(head);
        var bytes = Encoding.UTF8.GetByteCount(head) + tail.Length;
        for (var number = 0; ; number++)
        {
            var next = part.Replace("%", number.ToString("x"), StringComparison.Ordinal);
            bytes += Encoding.UTF8.GetByteCount(next);
            if (bytes > length)
            {
                return Encoding.UTF8.GetBytes(text.Append(tail).ToString());
            }

            text.Append(next);
        }
    }

    private static int Depth(TomlValue value) => value switch
    {
        TomlTable table => table.Entries.Select(entry => Levels(entry.Value)).DefaultIfEmpty(0).Max(),
        TomlArray array => array.Items.Select(Levels).DefaultIfEmpty(0).Max(),
        _ => 0,
    };

    private static int Levels(TomlValue value) => value is TomlTable or TomlArray ? 1 + Depth(value) : 0;

    private static string Times(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
