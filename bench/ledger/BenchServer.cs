using HmacFileServer.Ledger;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Sources;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HmacFileServer.LedgerBench;

/// <summary>The server as it is, or with a ledger that does nothing.</summary>
internal static class BenchServer
{
    public static async Task<int> RunAsync(string config, bool withLedger)
    {
        ServerSettings Load() => SettingsLoader.Load(config, new Dictionary<string, string>());
        var settings = Load();
        ProcessThreads.Prepare(settings.Server.Fsync);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.AddHmacFileServer(settings, Load, watched: null);
        if (!withLedger)
        {
            builder.Services.AddSingleton<ILedger, NoLedger>();
        }

        await using var app = builder.Build().UseHmacFileServer();
        await app.RunAsync();
        return 0;
    }
}

/// <summary>What is left of an upload's cost when nothing is written down.</summary>
internal sealed class NoLedger : ILedger
{
    public Task<Enrolment> EnrolAsync(LedgerEntry entry) => Task.FromResult(Enrolment.Enrolled);

    public Task<Enrolment> ReplaceAsync(LedgerEntry entry) => EnrolAsync(entry);

    public void Confirm(LedgerEntry entry)
    {
    }

    public Task WithdrawAsync(LedgerEntry entry) => Task.CompletedTask;

    public LedgerEntry? Find(string key) => null;

    public Burial? FindBurial(string key) => null;

    public Usage UsageOf(string? owner) => Usage.None;

    public IReadOnlyList<OwnerUsage> Owners(int limit) => [];

    public long UploadedSince(string owner, DateTimeOffset since) => 0;

    public IReadOnlyList<LedgerEntry> List(LedgerQuery query) => [];

    public IReadOnlyList<LedgerEntry> Expired(DateTimeOffset now, int limit) => [];

    public Task<Burials> BuryAsync(IReadOnlyList<string> keys, BurialReason reason, DateTimeOffset now) =>
        Task.FromResult(new Burials(0, 0, []));

    public IReadOnlyList<LedgerEntry> InFlight() => [];

    public void Unlinked(IReadOnlyList<string> keys)
    {
    }

    public IReadOnlyList<string> Interrupted() => [];

    public IReadOnlyList<string> Unlinking(DateTimeOffset buriedBefore, int limit) => [];

    public Task GoneAsync(IReadOnlyList<string> keys) => Task.CompletedTask;

    public Task<bool> ForgetAsync(DateTimeOffset tombstonesBefore, DateTimeOffset uploadsBefore, int limit) =>
        Task.FromResult(false);

    public Task<bool> BlockAsync(byte[] sha256, DateTimeOffset now) => Task.FromResult(false);

    public Task<int> AdoptAsync(IReadOnlyList<LedgerEntry> found) => Task.FromResult(0);

    public string? Note(string name) => null;

    public Task NoteAsync(string name, string? value) => Task.CompletedTask;

    public void Dispose()
    {
    }
}
