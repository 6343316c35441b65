using System.Net;
using HmacFileServer.Limits;
using HmacFileServer.Settings;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Limits;

public sealed class RateTableTests
{
    private readonly ManualClock clock = new();

    [Fact]
    public void A_minutes_worth_may_come_at_once_and_the_next_one_as_it_grows_back()
    {
        var table = new RateTable<string>(100, clock);

        Times(table, "a", perMinute: 60, 61).Should().Be(60);
        table.Take("a", 60).Should().Be(TimeSpan.FromSeconds(1));
        table.Take("b", 60).Should().Be(TimeSpan.Zero, "everybody has a measure of his own");
        clock.Advance(TimeSpan.FromSeconds(10));
        Times(table, "a", 60, 11).Should().Be(10);
        clock.Advance(TimeSpan.FromMinutes(5));
        Times(table, "a", 60, 61).Should().Be(60, "no more than a minute's worth is saved up");
    }

    [Fact]
    public void Waiting_as_long_as_one_is_told_is_long_enough()
    {
        var table = new RateTable<string>(100, clock);
        Times(table, "a", 7, 7);

        clock.Advance(table.Take("a", 7));

        table.Take("a", 7).Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public void Refusals_do_not_prolong_the_wait()
    {
        var table = new RateTable<string>(100, clock);
        Times(table, "a", 60, 1000);

        table.Take("a", 60).Should().Be(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_flood_of_clients_does_not_make_it_grow_without_end()
    {
        var table = new RateTable<int>(1000, clock);

        for (var client = 0; client < 100_000; client++)
        {
            table.Take(client, 60);
        }

        table.Count.Should().BeLessThanOrEqualTo(2001);
    }

    [Fact]
    public void Who_has_asked_for_nothing_lately_is_forgotten()
    {
        var table = new RateTable<string>(100, clock);
        table.Take("a", 60);

        for (var minute = 0; minute < 2; minute++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            table.Take("b", 60);
        }

        table.Count.Should().Be(2, "b stands in both halves, a in none");
    }

    [Fact]
    public void Who_has_used_it_up_is_remembered_as_long_as_it_matters()
    {
        var table = new RateTable<string>(100, clock);
        clock.Advance(TimeSpan.FromSeconds(59));
        Times(table, "a", 60, 60);
        clock.Advance(TimeSpan.FromSeconds(1)); // the halves change now

        Times(table, "a", 60, 60).Should().Be(1);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2", 32, false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", 32, true)]
    [InlineData("192.0.2.1", "192.0.2.254", 24, true)]
    [InlineData("192.0.2.1", "192.0.3.1", 24, false)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", 32, true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", 32, false)]
    [InlineData("::192.0.2.1", "192.0.2.1", 32, false)]
    public void A_client_is_what_one_subscriber_has_to_himself(string one, string other, int ipv4Prefix, bool same)
    {
        var limits = new LimitSettings { Ipv4Prefix = ipv4Prefix };

        var equal = ClientAddress.Of(IPAddress.Parse(one), limits) == ClientAddress.Of(IPAddress.Parse(other), limits);

        equal.Should().Be(same);
    }

    /// <returns>How many of the attempts were let through.</returns>
    private static int Times<T>(RateTable<T> table, T client, int perMinute, int attempts)
        where T : notnull => Enumerable.Range(0, attempts).Count(_ => table.Take(client, perMinute) == TimeSpan.Zero);
}
