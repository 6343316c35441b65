namespace HmacFileServer.Uploads;

/// <summary>201: the file is there, whole and readable. The framework's result would ask for a log first.</summary>
internal sealed class Created : IResult
{
    public static readonly Created Result = new();

    private Created()
    {
    }

    public Task ExecuteAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status201Created;
        return Task.CompletedTask;
    }
}
