using System.Buffers;
using HmacFileServer.Http;
using HmacFileServer.Settings;

namespace HmacFileServer.Slots.Schemes;

/// <summary>
/// <c>?v2=hex(HMAC-SHA256(secret, path NUL length NUL type))</c>, signed by Prosody mod_http_upload_external with
/// protocol "v2"; Metronome calls the same <c>?token=</c>. Never expires.
/// </summary>
internal sealed class V2Scheme(string parameter) : UrlScheme(parameter)
{
    public override int Readings(SlotRequest request) => request.TypeReadings.Length;

    public override void WriteMessage(SlotRequest request, int reading, IBufferWriter<byte> message) =>
        UrlMessage.WriteV2(message, request.Key.Text, request.Length!.Value, request.TypeReadings[reading]);

    public override Refusal? Admit(SlotRequest request, int reading, SecuritySettings security, out SlotTerms terms)
    {
        var type = request.TypeReadings[reading];
        terms = new SlotTerms
        {
            Length = request.Length!.Value,
            ContentType = type,
            DeclaredType = type.Length == 0 ? null : type,
        };
        return null;
    }
}
