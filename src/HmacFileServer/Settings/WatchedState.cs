using System.Security.Cryptography;

namespace HmacFileServer.Settings;

/// <summary>
/// A file as it was at some moment. Its time tells that somebody touched it, its content what was written within
/// the same tick of the file system's clock.
/// </summary>
internal readonly record struct WatchedState(string File, DateTime Written, string Hash)
{
    public static WatchedState Of(string file)
    {
        try
        {
            var written = System.IO.File.GetLastWriteTimeUtc(file);
            var hash = SHA256.HashData(System.IO.File.ReadAllBytes(file));
            return new WatchedState(file, written, Convert.ToHexString(hash));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new WatchedState(file, default, ""); // what the reload makes of that is told there
        }
    }
}
