using System.Buffers;
using HmacFileServer.Http;
using HmacFileServer.Settings;

namespace HmacFileServer.Slots.Schemes;

/// <summary>
/// <c>?v=hex(HMAC-SHA256(secret, path SP length))</c>, path without its leading slash, length in decimal bytes.
/// Signed by Prosody mod_http_upload_external and ejabberd mod_http_upload (external_secret). Never expires.
/// </summary>
internal sealed class V1Scheme() : UrlScheme("v")
{
    public override void WriteMessage(SlotRequest request, int reading, IBufferWriter<byte> message) =>
        UrlMessage.WriteV1(message, request.Key.Text, request.Length!.Value);

    public override Refusal? Admit(SlotRequest request, int reading, SecuritySettings security, out SlotTerms terms)
    {
        terms = new SlotTerms { Length = request.Length!.Value, ContentType = request.ContentType };
        return null;
    }
}
