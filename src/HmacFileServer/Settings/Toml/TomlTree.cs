using Tomlyn.Syntax;

namespace HmacFileServer.Settings.Toml;

/// <summary>Makes values out of a syntax tree without errors; <see cref="TomlTables"/> says where each belongs.</summary>
internal sealed class TomlTree
{
    private readonly TomlTables tables = new();
    private readonly List<TomlProblem> problems = [];

    /// <exception cref="TomlException">A key twice, nesting too deep, a number that does not fit.</exception>
    public TomlTable Build(DocumentSyntax document)
    {
        var root = new TomlTable(TomlPosition.Start);
        Fill(root, document.KeyValues, level: 0);
        foreach (var header in document.Tables)
        {
            Try(() =>
            {
                var path = Path(header.Name!);
                var (table, level) = header is TableArraySyntax
                    ? tables.Append(root, path)
                    : tables.Define(root, path);
                Fill(table, header.Items, level);
            });
        }

        return problems.Count == 0 ? root : throw new TomlException(problems);
    }

    private void Fill(TomlTable table, IEnumerable<KeyValueSyntax> pairs, int level)
    {
        foreach (var pair in pairs)
        {
            Try(() => Put(table, pair, level));
        }
    }

    private void Put(TomlTable table, KeyValueSyntax pair, int level)
    {
        var path = Path(pair.Key!);
        var (parent, inner) = tables.ForValue(table, path, level);
        parent.Add(path[^1].Name, Value(pair.Value!, inner), path[^1].Position);
    }

    private void Try(Action step)
    {
        try
        {
            step();
        }
        catch (TomlException e) when (problems.Count < TomlynMessages.MostProblems)
        {
            problems.AddRange(e.Problems);
        }
    }

    private TomlValue Value(ValueSyntax value, int level)
    {
        var position = PositionOf(value);
        return value switch
        {
            StringValueSyntax text => new TomlString(text.Value!, position),
            IntegerValueSyntax integer => Integer(integer, position),
            FloatValueSyntax number => new TomlFloat(number.Value, position),
            BooleanValueSyntax flag => new TomlBoolean(flag.Value, position),
            DateTimeValueSyntax time => new TomlDateTime(time.Value.ToString(), position),
            ArraySyntax array => Array(array, TomlTables.Deeper(level, 1, position), position),
            InlineTableSyntax table => Table(table, TomlTables.Deeper(level, 1, position), position),
            _ => throw new InvalidOperationException($"Tomlyn has no {value.Kind}"),
        };
    }

    /// <summary>0x8000000000000000 is -2^63 for Tomlyn; TOML has no negative hexadecimal numbers.</summary>
    private static TomlInteger Integer(IntegerValueSyntax integer, TomlPosition position) =>
        integer.Value < 0 && integer.Token!.TokenKind != TokenKind.Integer
            ? throw new TomlException(position, TomlynMessages.TooLarge)
            : new TomlInteger(integer.Value, position);

    private TomlArray Array(ArraySyntax syntax, int level, TomlPosition position)
    {
        var array = new TomlArray(position);
        foreach (var item in syntax.Items)
        {
            array.Add(Value(item.Value!, level));
        }

        return array;
    }

    private TomlTable Table(InlineTableSyntax syntax, int level, TomlPosition position)
    {
        var table = tables.Inline(position);
        foreach (var item in syntax.Items)
        {
            Put(table, item.KeyValue!, level);
        }

        return table;
    }

    private static TomlKey[] Path(KeySyntax key) =>
        [KeyOf(key.Key!), .. key.DotKeys.Select(dotted => KeyOf(dotted.Key!))];

    private static TomlKey KeyOf(BareKeyOrStringValueSyntax key) => new(
        key is StringValueSyntax quoted ? quoted.Value! : ((BareKeySyntax)key).Key!.Text!, PositionOf(key));

    private static TomlPosition PositionOf(SyntaxNode node) => TomlynMessages.PositionOf(node.Span.Start);
}
