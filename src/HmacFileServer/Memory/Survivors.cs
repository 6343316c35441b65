namespace HmacFileServer.Memory;

/// <summary>
/// Collects garbage that outlived its first collection. Each collection of the youngest generation passes on what is in
/// use just then, a few tens of KB, and the runtime collects those only after some 260 of them: until then a busy server
/// grows by 20 MB, and looks as if it leaked (docs/performance.md).
/// </summary>
/// <param name="count">Collections of a generation and of those above it so far: <see cref="GC.CollectionCount"/>.</param>
/// <param name="collect">Collects a generation and the younger ones: <see cref="GC.Collect(int)"/>.</param>
internal sealed class Survivors(Func<int, int> count, Action<int> collect)
{
    /// <summary>So many young collections leave a few MB, and take a busy server ten seconds and more.</summary>
    public const int Due = 64;

    private int young;
    private int older;

    public Survivors()
        : this(GC.CollectionCount, GC.Collect)
    {
    }

    /// <summary>
    /// Cheap while nothing is due: for a timer that fires now and then. Without one the runtime's own rule is left.
    /// </summary>
    public void CollectWhenDue()
    {
        if (count(1) != older)
        {
            Remember(); // the runtime did
        }

        if (count(0) - young >= Due)
        {
            collect(1);
            Remember();
        }
    }

    private void Remember() => (young, older) = (count(0), count(1));
}
