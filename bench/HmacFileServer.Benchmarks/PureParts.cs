using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using HmacFileServer.Settings;
using HmacFileServer.Settings.Sources;
using HmacFileServer.Slots;
using HmacFileServer.Slots.Diagnosis;
using HmacFileServer.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace HmacFileServer.Benchmarks;

/// <summary>
/// What a request costs before anything touches the network or the disk: its path, its signature; and the settings file.
/// <code>dotnet run -c Release --project bench/HmacFileServer.Benchmarks -- --filter '*'</code>
/// </summary>
[MemoryDiagnoser]
public class PureParts
{
    private const string Key = "0e7a1c52-8a5f-4f0e-b1a6-1f2d3c4b5a69/a picture.jpg";
    private const string Path = "/0e7a1c52-8a5f-4f0e-b1a6-1f2d3c4b5a69/a%20picture.jpg";
    private const string Secret = "a secret of thirty-two characters";
    private const int Length = 102_400;

    private readonly DefaultHttpContext http = new();
    private readonly byte[] decoded = Encoding.UTF8.GetBytes(Key);
    private byte[] toml = [];
    private string target = "";
    private ServerSettings rules = new();
    private SlotVerifier verifier = null!;

    [GlobalSetup]
    public void Prepare()
    {
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{Key} {Length}"));
        target = $"{Path}?v={Convert.ToHexStringLower(mac)}";
        http.Request.Method = "PUT";
        http.Request.ContentLength = Length;
        toml = Encoding.UTF8.GetBytes($"[server]\nmax_upload_size = \"10GB\"\n[security]\nsecret = \"{Secret}\"\nschemes = [\"v\", \"jwt\"]\n");
        var file = System.IO.Path.GetTempFileName();
        File.WriteAllBytes(file, toml);
        rules = SettingsLoader.Load(file, new Dictionary<string, string>());
        File.Delete(file);
        verifier = new SlotVerifier(new MismatchDiagnosis(TimeProvider.System, NullLogger<MismatchDiagnosis>.Instance));
        if (!Verify())
        {
            throw new InvalidOperationException("The benchmark's own signature does not verify.");
        }
    }

    [Benchmark]
    public bool ParseKey() => BlobKey.TryParse(decoded, out _);

    [Benchmark]
    public bool ReadRequest() => SlotRequest.Read(http.Request, target, "/", DateTimeOffset.UnixEpoch, out _) is null;

    [Benchmark]
    public bool Verify() =>
        SlotRequest.Read(http.Request, target, "/", DateTimeOffset.UnixEpoch, out var request) is null
        && verifier.Verify(request, rules, out _) is null;

    [Benchmark]
    public object ReadToml() => TomlConfiguration.Parse(toml);
}
