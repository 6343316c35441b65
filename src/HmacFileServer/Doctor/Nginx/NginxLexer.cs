using System.Text;
using HmacFileServer.Doctor.Report;

namespace HmacFileServer.Doctor.Nginx;

internal enum TokenKind
{
    Word,
    Semicolon,
    Open,
    Close,
    End,
}

internal readonly record struct Token(TokenKind Kind, string Text, int Start, int End, int Line);

/// <summary>
/// Words, braces and semicolons as nginx itself parts them (ngx_conf_read_token): quotes only at the start of a word, a
/// backslash before any character, "${name}" within a word, "#" for a comment only where a word could begin.
/// </summary>
internal sealed class NginxLexer(SourceText source)
{
    private const int MaxWord = 4096; // NGX_CONF_BUFFER: nginx, too, calls longer ones "too long parameter"

    private readonly string text = source.Text;
    private int position;
    private int line = 1;

    /// <exception cref="NginxException">A quote that is never closed, or no text at all.</exception>
    public Token Next()
    {
        SkipBlank();
        if (position >= text.Length)
        {
            return new Token(TokenKind.End, "", position, position, line);
        }

        var start = position;
        switch (text[position])
        {
            case ';':
                return new Token(TokenKind.Semicolon, ";", start, ++position, line);
            case '{':
                return new Token(TokenKind.Open, "{", start, ++position, line);
            case '}':
                return new Token(TokenKind.Close, "}", start, ++position, line);
            case '"' or '\'':
                return Quoted(text[position]);
            default:
                return Bare();
        }
    }

    /// <summary>Passes over a block in another language (content_by_lua_block), after its brace.</summary>
    public void SkipForeignBlock()
    {
        var opened = line;
        for (var depth = 1; depth > 0; position++)
        {
            if (position >= text.Length)
            {
                throw Bad(opened, "the block that opens here is never closed");
            }

            line += text[position] == '\n' ? 1 : 0;
            depth += text[position] switch { '{' => 1, '}' => -1, _ => 0 };
        }
    }

    public NginxException Bad(int at, string sentence) => new(new Place(source.File, at), sentence);

    private void SkipBlank()
    {
        for (; position < text.Length; position++)
        {
            if (text[position] == '#')
            {
                var end = text.IndexOf('\n', position);
                position = end < 0 ? text.Length : end;
            }

            if (position >= text.Length || !char.IsWhiteSpace(text[position]))
            {
                return;
            }

            line += text[position] == '\n' ? 1 : 0;
        }
    }

    private Token Quoted(char quote)
    {
        var (start, opened) = (position++, line);
        var word = new StringBuilder();
        for (; position < text.Length && text[position] != quote; position++)
        {
            if (text[position] == '\\' && position + 1 < text.Length)
            {
                position++;
                word.Append(text[position] is '"' or '\'' or '\\' ? "" : "\\");
            }

            line += text[position] == '\n' ? 1 : 0;
            word.Append(text[position]);
            Bound(word.Length, opened);
        }

        if (position >= text.Length)
        {
            throw Bad(opened, $"the quote {quote} that opens here is never closed");
        }

        return new Token(TokenKind.Word, word.ToString(), start, ++position, opened);
    }

    private Token Bare()
    {
        var (start, opened) = (position, line);
        for (; position < text.Length; position++)
        {
            var character = text[position];
            if (character == '\\' && position + 1 < text.Length)
            {
                position++;
            }
            else if (character == '$' && position + 1 < text.Length && text[position + 1] == '{')
            {
                position++;
            }
            else if (char.IsWhiteSpace(character) || character is ';' or '{')
            {
                break;
            }
            else if (char.IsControl(character))
            {
                throw Bad(line, "this is not text: it holds control characters");
            }

            line += text[position] == '\n' ? 1 : 0;
            Bound(position - start, opened);
        }

        return new Token(TokenKind.Word, text[start..position], start, position, opened);
    }

    private void Bound(int length, int at)
    {
        if (length > MaxWord)
        {
            throw Bad(at, $"a word here is longer than the {MaxWord} characters that nginx takes");
        }
    }
}
