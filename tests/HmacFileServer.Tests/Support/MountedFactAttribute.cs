namespace HmacFileServer.Tests.Support;

/// <summary>A test that mounts a small file system of its own, and so needs root.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountedFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> Memory = new(() => Works((folder, _) => SmallDisk.InMemory(folder, "size=1m")));

    private static readonly Lazy<bool> Loop =
        new(() => Works((folder, image) => SmallDisk.WithoutReservation(folder, image, 1)));

    private bool needsLoop;

    public MountedFactAttribute()
    {
        if (!Memory.Value)
        {
            Skip = "no right to mount a tmpfs here (needs root, or CAP_SYS_ADMIN in a container)";
        }
    }

    /// <summary>The test mounts a file, too.</summary>
    public bool NeedsLoop
    {
        get => needsLoop;
        set
        {
            needsLoop = value;
            if (value && Skip is null && !Loop.Value)
            {
                Skip = "no mke2fs, or no loop device to mount what it makes";
            }
        }
    }

    private static bool Works(Func<string, string, SmallDisk> mount)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("disk"));
        try
        {
            mount(folder.File("disk"), folder.File("image")).Dispose();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
