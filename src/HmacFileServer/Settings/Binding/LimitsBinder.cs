using HmacFileServer.Settings.Sources;
using HmacFileServer.Settings.Values;

namespace HmacFileServer.Settings.Binding;

/// <summary>Reads <c>[limits]</c>.</summary>
internal static class LimitsBinder
{
    private const int Most = 10_000_000;

    // Above that, a phone far from its mast is cut off: what read_timeout is there to avoid.
    private static readonly ByteSize FastestDemand = new(64 << 10);

    public static LimitSettings Limits(TableReader table, LimitSettings otherwise) => new()
    {
        RequestsPerMinute = table.Read("requests_per_minute", otherwise.RequestsPerMinute, Parsers.Number(0, Most)),
        UploadsPerMinute = table.Read("uploads_per_minute", otherwise.UploadsPerMinute, Parsers.Number(0, Most)),
        OwnerUploadsPerMinute = table.Read(
            "owner_uploads_per_minute", otherwise.OwnerUploadsPerMinute, Parsers.Number(0, Most)),
        Connections = table.Read("connections", otherwise.Connections, Parsers.Number(0, Most)),
        ConnectionsPerAddress = table.Read(
            "connections_per_address", otherwise.ConnectionsPerAddress, Parsers.Number(0, Most)),
        Ipv4Prefix = table.Read("ipv4_prefix", otherwise.Ipv4Prefix, Parsers.Number(8, 32)),
        Ipv6Prefix = table.Read("ipv6_prefix", otherwise.Ipv6Prefix, Parsers.Number(16, 128)),
        MinUploadRate = table.Read("min_upload_rate", otherwise.MinUploadRate, Parsers.Between(new(0), FastestDemand)),
        PromisedSpace = table.Read<Percent>("promised_space", otherwise.PromisedSpace, Percent.TryParse),
        PromisedSpacePerClient = table.Read<Percent>(
            "promised_space_per_client", otherwise.PromisedSpacePerClient, Percent.TryParse),
    };
}
