namespace HmacFileServer.Ledger.Sqlite.Writes;

/// <summary>
/// The numbers that stand for owners in the tables. Remembers those of late, so that most uploads need no look-up.
/// </summary>
internal sealed class OwnerIds(Statement find, Statement add)
{
    public const long Everybody = 1;

    private const int MostRemembered = 10_000;

    private readonly Dictionary<string, long> remembered = new(StringComparer.Ordinal);

    public long? Of(string? owner)
    {
        if (owner is null)
        {
            return null;
        }

        if (remembered.TryGetValue(owner, out var id))
        {
            return id;
        }

        id = find.Set(1, owner).Number() ?? add.Set(1, owner).Number()!.Value;
        if (remembered.Count >= MostRemembered)
        {
            remembered.Clear();
        }

        remembered[owner] = id;
        return id;
    }

    public void Forget() => remembered.Clear();
}
