using HmacFileServer.Slots.Issuing;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Slots.Issuing;

/// <summary>Slots as the server of a test issues them.</summary>
internal static class IssuedSlots
{
    public const string PublicUrl = "public_url = \"https://upload.example.org/\"";

    public static readonly SlotOrder FiveBytes = new("alice@example.org", "cat.jpg", 5) { ContentType = "image/jpeg" };

    public static IssuedSlot Issue(TestServer server, SlotOrder order)
    {
        server.Issuer.Issue(order, server.Settings, out var slot).Should().BeNull();
        return slot;
    }

    public static string Target(string url) => new Uri(url).PathAndQuery;
}
