using System.Buffers;
using System.Collections.Immutable;
using HmacFileServer.Http;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Slots.Schemes;

/// <summary>
/// One way to sign an upload. A scheme knows where its MAC stands and which bytes were signed; it neither hashes nor
/// compares, <see cref="SlotVerifier"/> does. It signs exactly one message: a second accepted format would be a
/// forger's choice.
/// </summary>
internal interface ISlotScheme
{
    /// <summary>The name in <c>schemes</c>, in logs and in metrics.</summary>
    string Name { get; }

    /// <summary>The current key, then the previous ones.</summary>
    ImmutableArray<Secret> Keys(SecuritySettings security);

    /// <summary>Whether the request carries a credential of this scheme, good or bad.</summary>
    bool IsPresent(SlotRequest request);

    /// <summary>Reads the MAC, <see cref="SlotVerifier.MacBytes"/> bytes.</summary>
    /// <returns><see langword="false"/> when it has not the form of one.</returns>
    bool TryReadMac(SlotRequest request, Span<byte> mac);

    /// <summary>
    /// In how many ways the one message may be filled in: with v2, by the types that may have been signed, for clients
    /// send another or none. Not weaker messages: each binds the same things.
    /// </summary>
    int Readings(SlotRequest request);

    /// <summary>Writes the signed bytes.</summary>
    void WriteMessage(SlotRequest request, int reading, IBufferWriter<byte> message);

    /// <summary>Reads what was promised. Called only after the MAC of this very reading has verified.</summary>
    /// <returns>Null, and the terms; or why the permission is not good.</returns>
    Refusal? Admit(SlotRequest request, int reading, SecuritySettings security, out SlotTerms terms);
}
