using HmacFileServer.Storage;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Storage;

/// <summary>Opening below the store where the kernel, or a container's filter, has no openat2(2).</summary>
public sealed class StepByStepTests : IDisposable
{
    private const int ReadOnly = 0;

    private readonly TempFolder folder = new();

    public StepByStepTests()
    {
        Directory.CreateDirectory(folder.File("a/b"));
        File.WriteAllText(folder.File("a/b/c"), "ours");
        File.CreateSymbolicLink(folder.File("a/b/link"), "c");
        Directory.CreateSymbolicLink(folder.File("a/link"), "b");
    }

    [Theory]
    [InlineData("a/b/c", 0)]
    [InlineData("a/b/link", Errno.TooManyLinks)]
    [InlineData("a/link/c", Errno.NotAFolder)]
    [InlineData("a/b/none", Errno.NoEntry)]
    [InlineData("a/b/c/d", Errno.NotAFolder)]
    public void No_step_goes_through_a_link(string path, int error)
    {
        using var root = Posix.OpenFolder(folder.Path);

        Posix.OpenBelowStepByStep(root, path, ReadOnly, out var opened).Should().Be(error);

        using (opened)
        {
            (opened is not null).Should().Be(error == 0);
        }
    }

    public void Dispose() => folder.Dispose();
}
