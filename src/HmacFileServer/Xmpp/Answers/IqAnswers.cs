using HmacFileServer.Settings;
using HmacFileServer.Xmpp.Wire;

namespace HmacFileServer.Xmpp.Answers;

/// <summary>
/// Who answers which request. Messages, presence, results and errors are nobody's; every other request is answered, if
/// only by an error, for somebody waits (RFC 6120 section 8.2.3).
/// </summary>
internal sealed class IqAnswers(LiveSettings settings, UploadRequests uploads)
{
    public void Answer(StanzaElement stanza, ComponentStream stream)
    {
        var rules = settings.Current; // one snapshot for the whole request
        if (!IsRequest(stanza, out var from, out var to))
        {
            return;
        }

        if (stanza.Children is not [var query])
        {
            stream.Write(xml => IqReply.Error(xml, stanza, "modify", "bad-request"));
            return;
        }

        if (to.Bare != to.Domain)
        {
            stream.Write(xml => IqReply.Error(xml, stanza, "cancel", "service-unavailable")); // there are no users here
            return;
        }

        switch (stanza["type"], query.Name, query.Xmlns)
        {
            case ("get", "query", XmppNamespaces.DiscoInfo or XmppNamespaces.DiscoItems) when query["node"] is not null:
                stream.Write(xml => IqReply.Error(xml, stanza, "cancel", "item-not-found"));
                break;
            case ("get", "query", XmppNamespaces.DiscoInfo):
                stream.Write(xml => IqReply.Result(xml, stanza, content => ServiceInfo.WriteDisco(content, rules)));
                break;
            case ("get", "query", XmppNamespaces.DiscoItems):
                stream.Write(xml => IqReply.Result(xml, stanza, ServiceInfo.WriteNoItems));
                break;
            case ("get", "query", XmppNamespaces.Version):
                stream.Write(xml => IqReply.Result(xml, stanza, ServiceInfo.WriteVersion));
                break;
            case ("get", "vCard", XmppNamespaces.VCard):
                stream.Write(xml => IqReply.Result(xml, stanza, content => ServiceInfo.WriteCard(content, rules)));
                break;
            case ("get", "ping", XmppNamespaces.Ping):
                stream.Write(xml => IqReply.Result(xml, stanza));
                break;
            case ("get", "request", XmppNamespaces.Upload or XmppNamespaces.OldUpload):
                uploads.Answer(stanza, query, from, stream, rules);
                break;
            case (_, "request", XmppNamespaces.Upload or XmppNamespaces.OldUpload):
                stream.Write(xml => IqReply.Error(xml, stanza, "modify", "bad-request"));
                break;
            default:
                stream.Write(xml => IqReply.Error(xml, stanza, "cancel", "service-unavailable"));
                break;
        }
    }

    /// <summary>Answers a request that can't be: RFC 6120 section 8.2.3 wants an answer to each.</summary>
    /// <param name="tag">Its first tag; null if that can't be read, either.</param>
    public static void Refuse(StanzaElement? tag, string type, string condition, ComponentStream stream)
    {
        if (tag is not null && IsRequest(tag, out _, out _))
        {
            stream.Write(xml => IqReply.Error(xml, tag, type, condition));
        }
    }

    private static bool IsRequest(StanzaElement stanza, out Jid from, out Jid to)
    {
        to = default;
        return Jid.TryParse(stanza["from"], out from)
            && Jid.TryParse(stanza["to"], out to)
            && stanza.Is("iq", XmppNamespaces.Component)
            && stanza["type"] is "get" or "set";
    }
}
