using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Commands.Migrate;

/// <summary>Another server's store in <c>old</c>, and ours in <c>store</c>, with the configuration of it.</summary>
internal sealed class OldStoreFolder : IDisposable
{
    public static readonly DateTime Past = new(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);

    private readonly TempFolder folder = new();

    public string Path => folder.Path;

    public string File(string relative) => folder.File(relative);

    public void Lay(string path, string content)
    {
        var file = folder.File($"old/{path}");
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        System.IO.File.WriteAllText(file, content);
        System.IO.File.SetLastWriteTimeUtc(file, Past);
    }

    public void Configure() => System.IO.File.WriteAllText(
        folder.File("config.toml"),
        $"""
        [server]
        listen_address = 'unix:{folder.File("s")}'
        storage_path = 'store'
        min_free_bytes = 0
        [security]
        secret = '{SignedUrls.Secret}'
        """);

    public Task<ProgramResult> RunAsync(params string[] arguments) =>
        BuiltProgram.RunAsync(folder.Path, [.. arguments, "-c", "config.toml"]);

    public Task<ProgramResult> MigrateStoreAsync(string kind, params string[] more) =>
        RunAsync(["migrate", "store", "--from", kind, folder.File("old"), .. more]);

    public Task<(ProgramResult Migrated, string[] Answers)> MigrateAsync(string kind, params string[] targets) =>
        MigrateAsync(() => MigrateStoreAsync(kind), targets);

    /// <summary>Takes the files over, then starts the server and asks it for them.</summary>
    public async Task<(ProgramResult Migrated, string[] Answers)> MigrateAsync(
        Func<Task<ProgramResult>> migrate, params string[] targets)
    {
        Configure();
        var migrated = await migrate();
        var answers = new List<string>();
        await BuiltProgram.ServeAsync(folder.Path, ["-c", "config.toml"], async () =>
        {
            using var http = UnixHttp.Client(folder.File("s"));
            foreach (var target in targets)
            {
                using var response = await http.GetAsync(UnixHttp.Raw(target));
                var type = response.Content.Headers.ContentType;
                answers.Add($"{(int)response.StatusCode} {type} {await response.Content.ReadAsStringAsync()}");
            }
        });
        return (migrated, [.. answers]);
    }

    public void Dispose() => folder.Dispose();
}
