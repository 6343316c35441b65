namespace HmacFileServer.Commands.Migrate.Prosody;

/// <summary>
/// The lists of Prosody's internal storage, <c>item({ ["key"] = "value"; ... });</c> one after the other. They are Lua,
/// and read here as the few literals that Prosody writes: nothing is ever run.
/// </summary>
internal sealed partial class LuaItems
{
    private const int MaxDepth = 32;

    private readonly Stream stream;
    private int current;

    private LuaItems(Stream stream)
    {
        this.stream = stream;
        Next();
    }

    /// <exception cref="IOException">Something else stands there.</exception>
    public static IEnumerable<Dictionary<string, object?>> Read(Stream stream)
    {
        var reader = new LuaItems(stream);
        while (reader.SkipSpace() >= 0)
        {
            reader.Expect("item");
            reader.Expect("(");
            if (reader.Value(0) is not Dictionary<string, object?> item)
            {
                throw Unexpected();
            }

            reader.Expect(")");
            reader.TryTake(';');
            yield return item;
        }
    }

    /// <summary>Fields with a name; those by number are a stanza's children, which nobody needs here.</summary>
    private Dictionary<string, object?> Table(int depth)
    {
        var table = new Dictionary<string, object?>(StringComparer.Ordinal);
        Expect("{");
        while (!TryTake('}'))
        {
            var name = TryTake('[') ? Bracketed(depth) : null;
            if (name is not null)
            {
                Expect("=");
            }

            var value = Value(depth + 1);
            if (name is string text)
            {
                table[text] = value;
            }

            if (!TryTake(';'))
            {
                TryTake(',');
            }
        }

        return table;
    }

    private object Bracketed(int depth)
    {
        var name = Value(depth + 1) ?? throw Unexpected();
        Expect("]");
        return name;
    }

    private object? Value(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new IOException("The list is nested too deeply.");
        }

        switch (SkipSpace())
        {
            case '{':
                return Table(depth);
            case '"':
                return Quoted();
            default:
                return Word() switch
                {
                    "true" => true,
                    "false" => false,
                    "nil" => null,
                    { Length: > 0 } word when TryNumber(word, out var number) => number,
                    _ => throw Unexpected(),
                };
        }
    }
}
