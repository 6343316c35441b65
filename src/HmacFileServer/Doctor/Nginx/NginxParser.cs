using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Nginx;

/// <summary>
/// Reads a configuration with everything it includes into one tree, as nginx does, and says where it is none.
/// </summary>
internal sealed class NginxParser(INginxFiles files)
{
    // of blocks and of files in files: an include that includes itself ends here
    private const int MaxDepth = 100;
    private const int MaxDirectives = 1_000_000;

    private int directives;

    /// <summary>The directives of the main context.</summary>
    /// <exception cref="NginxException">It is no configuration, or a file of it can't be read.</exception>
    public static List<Directive> Parse(INginxFiles files)
    {
        var root = new List<Directive>();
        new NginxParser(files).ReadFile(files.Main, root, depth: 0);
        return root;
    }

    private void ReadFile(string path, List<Directive> into, int depth)
    {
        var source = files.Read(path);
        var lexer = new NginxLexer(source);
        ReadBlock(new Reading(lexer, source), into, opened: null, depth);
    }

    private void ReadBlock(Reading reading, List<Directive> into, Token? opened, int depth)
    {
        var (lexer, source) = reading;
        while (true)
        {
            var token = lexer.Next();
            switch (token.Kind)
            {
                case TokenKind.End when opened is { } brace:
                    throw lexer.Bad(brace.Line, "the block that opens here is never closed: a } is missing");
                case TokenKind.End:
                    return;
                case TokenKind.Close when opened is null:
                    throw lexer.Bad(token.Line, "this } closes nothing");
                case TokenKind.Close:
                    return;
                case TokenKind.Word:
                    ReadDirective(reading, token, into, depth);
                    break;
                default:
                    throw lexer.Bad(token.Line, $"a directive should stand before this {token.Text}");
            }

            if (++directives > MaxDirectives)
            {
                throw new NginxException(new Place(source.File, token.Line),
                    "there are more than a million directives");
            }
        }
    }

    private void ReadDirective(Reading reading, Token name, List<Directive> into, int depth)
    {
        var (lexer, source) = reading;
        var arguments = new List<string>();
        while (true)
        {
            var token = lexer.Next();
            if (token.Kind == TokenKind.Word)
            {
                arguments.Add(token.Text);
                continue;
            }

            var directive = new Directive(name.Text, arguments, source, name.Line, name.Start, token.End);
            switch (token.Kind)
            {
                case TokenKind.Semicolon when name.Text == "include":
                    Include(directive, into, depth);
                    return;
                case TokenKind.Semicolon:
                    into.Add(directive);
                    return;
                case TokenKind.Open when depth >= MaxDepth:
                    throw lexer.Bad(name.Line, $"more than {MaxDepth} blocks lie in one another here");
                case TokenKind.Open when name.Text.EndsWith("_by_lua_block", StringComparison.Ordinal):
                    lexer.SkipForeignBlock();
                    into.Add(directive with { Block = [] });
                    return;
                case TokenKind.Open:
                    var block = new List<Directive>();
                    ReadBlock(reading, block, token, depth + 1);
                    into.Add(directive with { Block = block });
                    return;
                default:
                    throw lexer.Bad(name.Line,
                        $"the directive \"{Shortened(name.Text)}\" does not end: a ; is missing");
            }
        }
    }

    private void Include(Directive include, List<Directive> into, int depth)
    {
        if (include.Argument.Length == 0 || depth >= MaxDepth)
        {
            throw new NginxException(
                include.Place, depth >= MaxDepth ? "files include one another without end" : "include what?");
        }

        foreach (var path in files.Match(include.Argument))
        {
            try
            {
                ReadFile(path, into, depth + 1);
            }
            catch (NginxException e) when (e.Place is { Line: 0 })
            {
                throw new NginxException(include.Place, $"includes {path}: {e.Message}");
            }
        }
    }

    private static string Shortened(string word) => word.Length > 40 ? word[..40] + "…" : word;

    private readonly record struct Reading(NginxLexer Lexer, SourceText Source);
}
