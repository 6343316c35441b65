using System.Collections.Frozen;
using System.Globalization;
using System.Xml;
using HmacFileServer.Ledger;
using HmacFileServer.Limits;
using HmacFileServer.Settings;
using HmacFileServer.Slots.Issuing;
using HmacFileServer.Telemetry;
using HmacFileServer.Telemetry.Audit;
using HmacFileServer.Telemetry.Logs;
using HmacFileServer.Xmpp.Wire;

namespace HmacFileServer.Xmpp.Answers;

/// <summary>
/// Slot requests of XEP-0363 1.2.0, and of its old namespace, which has child elements instead of attributes.
/// </summary>
internal sealed class UploadRequests(
    SlotIssuer issuer, ServerMetrics metrics, AuditLog audit, RefusalLog refusals,
    ILogger<UploadRequests> log)
{
    public static readonly FrozenDictionary<string, SlotPurpose> Purposes = new Dictionary<string, SlotPurpose>
    {
        ["message"] = SlotPurpose.Message,
        ["profile"] = SlotPurpose.Profile,
        ["ephemeral"] = SlotPurpose.Ephemeral,
        ["permanent"] = SlotPurpose.Permanent,
    }.ToFrozenDictionary();

    private const string SlotRefused = "slot-refused";
    private static readonly string[] Fields = ["filename", "size", "content-type"];

    // XEP-0082 section 3.2
    private static readonly string[] DateTimes = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    public void Answer(StanzaElement iq, StanzaElement request, Jid from, ComponentStream stream, ServerSettings rules)
    {
        if (Judge(request, from, rules, out var slot) is { } denial)
        {
            metrics.SlotDenied("component", denial.Code);
            if (refusals.IsFirst(from.Bare, SlotRefused, denial.Code))
            {
                log.SlotDenied(VisibleText.Excerpt(from.Bare), denial.Code);
                audit.Write(new AuditEvent(SlotRefused, new Actor("client")) { Owner = from.Bare, Code = denial.Code });
            }

            stream.Write(xml => WriteDenial(xml, iq, request, denial));
            return;
        }

        metrics.SlotIssued("component");
        stream.Write(xml => IqReply.Result(xml, iq, content => WriteSlot(content, request.Xmlns, slot)));
    }

    private SlotDenial? Judge(StanzaElement request, Jid from, ServerSettings rules, out IssuedSlot slot)
    {
        slot = null!;
        if (!rules.Xmpp.Admits(from.Domain))
        {
            return new(SlotDenialReason.NotAllowed, "You are not allowed to upload files here.");
        }

        if (Field(request, "filename") is not { } name)
        {
            return new(SlotDenialReason.BadName, "The name of the file is missing.");
        }

        if (!TryReadSize(Field(request, "size"), out var size))
        {
            return new(SlotDenialReason.BadSize, "The size of the file is missing, or not a number of bytes.");
        }

        if (!TryReadPurpose(request, out var purpose, out var expireBefore))
        {
            return new(SlotDenialReason.BadExpiry, "The purpose of the file can't be read.");
        }

        var order = new SlotOrder(from.Bare, name, size)
        {
            ContentType = Field(request, "content-type"),
            Purpose = purpose,
            ExpireBefore = expireBefore,
        };
        try
        {
            return issuer.Issue(order, rules, out slot);
        }
        catch (LedgerException e)
        {
            log.SlotFailed(e);
            return new(SlotDenialReason.StorageFull, "The server can't look up what is stored.");
        }
    }

    private static string? Field(StanzaElement request, string name) =>
        request.Xmlns == XmppNamespaces.OldUpload ? request.Child(name, XmppNamespaces.OldUpload)?.Text : request[name];

    /// <summary>xs:positiveInteger. One that no file can reach is too large, not malformed.</summary>
    private static bool TryReadSize(string? text, out long size)
    {
        size = 0;
        if (string.IsNullOrEmpty(text) || text.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        size = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole)
            ? whole
            : long.MaxValue;
        return true;
    }

    /// <summary>
    /// None, or one we don't know, means message: a MUST of section 4, and what the next version will add.
    /// </summary>
    private static bool TryReadPurpose(StanzaElement request, out SlotPurpose purpose, out DateTimeOffset? expireBefore)
    {
        purpose = SlotPurpose.Message;
        expireBefore = null;
        var told = request.Children.Where(child => child.Xmlns == XmppNamespaces.UploadPurpose).Take(2).ToArray();
        if (told is not [var only])
        {
            return told.Length == 0;
        }

        purpose = Purposes.GetValueOrDefault(only.Name, SlotPurpose.Message);
        if (only["expire-before"] is not { } text)
        {
            return true;
        }

        var isTime = DateTimeOffset.TryParseExact(
            text, DateTimes, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time);
        expireBefore = time;
        return isTime;
    }

    private static void WriteSlot(XmlWriter xml, string xmlns, IssuedSlot slot)
    {
        xml.WriteStartElement("slot", xmlns);
        if (xmlns == XmppNamespaces.OldUpload)
        {
            xml.WriteElementString("put", xmlns, slot.PutUrlWithToken);
            xml.WriteElementString("get", xmlns, slot.GetUrl);
        }
        else
        {
            xml.WriteStartElement("put", xmlns);
            xml.WriteAttributeString("url", slot.PutUrl);
            xml.WriteStartElement("header", xmlns);
            xml.WriteAttributeString("name", "Authorization"); // some clients compare the case
            xml.WriteString(slot.Authorization);
            xml.WriteEndElement();
            xml.WriteEndElement();
            xml.WriteStartElement("get", xmlns);
            xml.WriteAttributeString("url", slot.GetUrl);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    /// <summary>What of the request we have read, in the words of the protocol.</summary>
    private static void WriteRequest(XmlWriter xml, StanzaElement request)
    {
        xml.WriteStartElement("request", request.Xmlns);
        foreach (var name in Fields)
        {
            if (Field(request, name) is not { } value)
            {
                continue;
            }

            if (request.Xmlns == XmppNamespaces.OldUpload)
            {
                xml.WriteElementString(name, request.Xmlns, value);
            }
            else
            {
                xml.WriteAttributeString(name, value);
            }
        }

        xml.WriteEndElement();
    }

    /// <summary>XEP-0363 section 6.</summary>
    private static void WriteDenial(XmlWriter xml, StanzaElement iq, StanzaElement request, SlotDenial denial)
    {
        var (type, condition) = denial.Reason switch
        {
            SlotDenialReason.BadName or SlotDenialReason.BadSize or SlotDenialReason.BadExpiry =>
                ("modify", "bad-request"),
            SlotDenialReason.TooLarge or SlotDenialReason.TypeNotAllowed => ("modify", "not-acceptable"),
            SlotDenialReason.NotAllowed => ("auth", "forbidden"),
            _ => ("wait", "resource-constraint"),
        };
        IqReply.Error(xml, iq, type, condition, denial.Sentence, about => WriteRequest(about, request), more =>
        {
            if (denial.MaxSize is { } most)
            {
                more.WriteStartElement("file-too-large", request.Xmlns);
                more.WriteElementString("max-file-size", request.Xmlns, most.ToString(CultureInfo.InvariantCulture));
                more.WriteEndElement();
            }

            if (denial.RetryAt is { } retryAt)
            {
                // Up to the second: an earlier one would be an invitation to be refused again.
                var stamp = retryAt.ToUniversalTime().AddTicks(TimeSpan.TicksPerSecond - 1);
                more.WriteStartElement("retry", XmppNamespaces.Upload);
                more.WriteAttributeString(
                    "stamp", stamp.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
                more.WriteEndElement();
            }
        });
    }
}
