namespace HmacFileServer.Interop.Support.Clients;

/// <summary>
/// libsoup, the HTTP library of Dino: for HTTP/2 uploads that are refused. It goes on sending until the stream ends.
/// </summary>
internal static class Soup
{
    /// <returns>What was seen and how often, a line each: <c>50 x 403 2.0 The signature does not match.</c></returns>
    public static Task<string> PutAsync(Deployment deployment, string body, string url, int times) =>
        PythonScript.RunAsync(deployment, "soup-put.py", body, url, $"{times}");
}
