namespace HmacFileServer.Tests.Support;

/// <summary>As <see cref="MountedFactAttribute"/>, with rows, and files that are mounted.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountedTheoryAttribute : TheoryAttribute
{
    public MountedTheoryAttribute() => Skip = new MountedFactAttribute { NeedsLoop = true }.Skip;
}
