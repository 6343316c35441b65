using HmacFileServer.Storage;

namespace HmacFileServer.Commands.Migrate.Prosody;

/// <summary>The archive of Prosody's internal storage, which is its default.</summary>
internal static class ProsodyList
{
    public const string Name = "uploads.list";

    public static IEnumerable<ProsodyUpload> Read(string path)
    {
        var file = Posix.OpenPlainFile(Path.GetFullPath(path))
            ?? throw new FileNotFoundException($"{path} is a symbolic link, or no plain file: name the file itself.");
        using var stream = new FileStream(file, FileAccess.Read, 1 << 16);
        foreach (var item in LuaItems.Read(stream))
        {
            if (item.GetValueOrDefault("key") is string slot
                && item.GetValueOrDefault("attr") is Dictionary<string, object?> request
                && request.GetValueOrDefault("filename") is string name)
            {
                yield return new ProsodyUpload(
                    slot, name, request.GetValueOrDefault("content-type") as string,
                    item.GetValueOrDefault("with") as string);
            }
        }
    }
}
