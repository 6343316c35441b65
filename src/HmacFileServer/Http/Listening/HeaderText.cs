using System.Text;

namespace HmacFileServer.Http.Listening;

/// <summary>
/// How the bytes of a request's headers become text. RFC 9110 section 5.5 allows any byte above 127, and a browser sends
/// a cookie as it was set; Kestrel alone takes UTF-8 or nothing, and one such byte in a header would cost the request,
/// over HTTP/2 the whole connection with everybody's requests.
/// </summary>
internal static class HeaderText
{
    private static readonly FieldText Text = new(Encoding.Latin1);

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly UnreadText Nothing = new();

    /// <summary>
    /// For KestrelServerOptions.RequestHeaderEncodingSelector. The host means nothing to us, and Kestrel refuses some
    /// that real clients send: <c>[::]:5050</c> of nginx's <c>proxy_pass http://[::]:5050</c>, <c>name:</c>,
    /// <c>*:80</c>. Read as empty, which every HTTP/1.1 request may send (RFC 9112 section 3.2), it is taken whatever
    /// it is. That there is exactly one is still required.
    /// </summary>
    public static Encoding Select(string header) => header switch
    {
        "Host" or ":authority" => Nothing,
        _ => Text,
    };

    /// <summary>The text of a header that may have been signed as UTF-8; as it came where it is none.</summary>
    public static string AsUtf8(string header)
    {
        if (Ascii.IsValid(header))
        {
            return header;
        }

        try
        {
            return Utf8.GetString(Encoding.Latin1.GetBytes(header));
        }
        catch (DecoderFallbackException)
        {
            return header;
        }
    }

    /// <summary>
    /// Says of bytes that are none of its text that the request is malformed. Kestrel says so of those in the head, and
    /// takes those in a trailer for an error of the server's.
    /// </summary>
    private sealed class FieldText(Encoding text) : Encoding
    {
        public override int GetByteCount(char[] chars, int index, int count) => text.GetByteCount(chars, index, count);

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
            text.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

        public override int GetMaxByteCount(int charCount) => text.GetMaxByteCount(charCount);

        public override int GetMaxCharCount(int byteCount) => text.GetMaxCharCount(byteCount);

        public override int GetCharCount(byte[] bytes, int index, int count) => Count(bytes.AsSpan(index, count));

        public override unsafe int GetCharCount(byte* bytes, int count) => Count(new ReadOnlySpan<byte>(bytes, count));

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
            text.GetChars(bytes, byteIndex, byteCount, chars, charIndex);

        public override unsafe int GetChars(byte* bytes, int byteCount, char* chars, int charCount) =>
            text.GetChars(bytes, byteCount, chars, charCount);

        /// <summary>Called before the text is made.</summary>
        private int Count(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Contains((byte)0))
            {
                throw new BadHttpRequestException("A header holds a NUL byte."); // RFC 9110 section 5.5
            }

            return text.GetCharCount(bytes);
        }
    }

    private sealed class UnreadText : Encoding
    {
        public override int GetByteCount(char[] chars, int index, int count) => 0;

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) => 0;

        public override int GetMaxByteCount(int charCount) => 0;

        public override int GetMaxCharCount(int byteCount) => 0;

        public override int GetCharCount(byte[] bytes, int index, int count) => 0;

        public override unsafe int GetCharCount(byte* bytes, int count) => 0;

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) => 0;

        public override unsafe int GetChars(byte* bytes, int byteCount, char* chars, int charCount) => 0;
    }
}
