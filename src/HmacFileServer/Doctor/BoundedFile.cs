using System.Text;

namespace HmacFileServer.Doctor;

/// <summary>
/// A file that an operator has named, and which may be anything: a folder, a device that never ends, a film.
/// </summary>
internal static class BoundedFile
{
    public const int MaxBytes = 32 << 20;

    /// <param name="problem">Why there is no text, to follow "…: ".</param>
    public static string? TryRead(string path, out string problem)
    {
        problem = "";
        try
        {
            using var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var content = new MemoryStream();
            var block = new byte[64 << 10];
            for (int count; (count = file.Read(block)) > 0;)
            {
                content.Write(block, 0, count);
                if (content.Length > MaxBytes)
                {
                    problem = $"the file is larger than {Report.Words.Size(MaxBytes)}";
                    return null;
                }
            }

            // Whatever is no UTF-8 is in a comment, or tells as a strange character where it stands.
            return Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length).TrimStart('\uFEFF');
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = "there is no such file";
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problem = "the file can't be read";
        }

        return null;
    }
}
