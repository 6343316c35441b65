using System.Buffers;
using System.Collections.Immutable;
using HmacFileServer.Http;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Slots.Schemes;

/// <summary>What the schemes have in common that carry 64 hex digits in the query.</summary>
internal abstract class UrlScheme(string parameter) : ISlotScheme
{
    public string Name => parameter;

    public ImmutableArray<Secret> Keys(SecuritySettings security) => security.Secrets;

    public bool IsPresent(SlotRequest request) => request.Target.Parameter(parameter) is not null;

    public bool TryReadMac(SlotRequest request, Span<byte> mac) =>
        request.Target.Parameter(parameter) is { Length: SlotVerifier.MacBytes * 2 } hex
        && Convert.FromHexString(hex, mac, out _, out _) == OperationStatus.Done;

    public virtual int Readings(SlotRequest request) => 1;

    public abstract void WriteMessage(SlotRequest request, int reading, IBufferWriter<byte> message);

    public abstract Refusal? Admit(SlotRequest request, int reading, SecuritySettings security, out SlotTerms terms);
}
