namespace HmacFileServer.Slots.Issuing;

/// <summary>Counts the slots each user asks for within a minute. Keeps one minute of users and no more.</summary>
internal sealed class SlotRate
{
    private const int MaxUsers = 100_000; // some 20 MB; beyond, the minute begins anew for everybody

    private readonly Lock counting = new();
    private readonly Dictionary<string, int> asked = new(StringComparer.Ordinal);
    private long minute;

    /// <param name="most">In one minute; 0 for no limit.</param>
    /// <returns>Null, or when the next minute begins.</returns>
    public DateTimeOffset? Count(string user, int most, DateTimeOffset now)
    {
        if (most == 0)
        {
            return null;
        }

        lock (counting)
        {
            var current = now.ToUnixTimeSeconds() / 60;
            if (current != minute || asked.Count >= MaxUsers)
            {
                asked.Clear();
                minute = current;
            }

            var count = asked[user] = asked.GetValueOrDefault(user) + 1;
            return count > most ? DateTimeOffset.FromUnixTimeSeconds((current + 1) * 60) : null;
        }
    }
}
