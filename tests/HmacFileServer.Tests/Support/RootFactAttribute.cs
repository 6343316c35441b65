namespace HmacFileServer.Tests.Support;

/// <summary>A test of what root does in a folder of another user.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "needs root, to run as more than one user";
        }
    }
}
