using System.Globalization;
using HmacFileServer.Ledger;
using HmacFileServer.Settings;

namespace HmacFileServer.Retention;

/// <summary>
/// Up to which age the files of a size class have been looked at. A class that is new, or changed, begins anew; so does
/// every class after <c>ledger rebuild</c>, which may enter old files.
/// </summary>
internal sealed class ClassProgress(ILedger ledger, RetentionClass large)
{
    private const string Rebuilt = "rebuilt";

    private string Name => $"swept:{large.LargerThan}:{large.MaxAge}";

    /// <returns>Where to go on.</returns>
    public DateTimeOffset? Read()
    {
        var noted = ledger.Note(Name)?.Split('/') ?? [];
        return noted.Length == 2 && noted[1] == RebuiltAt
            ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(noted[0], CultureInfo.InvariantCulture))
            : null;
    }

    public Task WriteAsync(DateTimeOffset until) =>
        ledger.NoteAsync(
            Name, string.Create(CultureInfo.InvariantCulture, $"{until.ToUnixTimeMilliseconds()}/{RebuiltAt}"));

    public static Task ForgetAllAsync(ILedger ledger, DateTimeOffset now) =>
        ledger.NoteAsync(Rebuilt, now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));

    private string RebuiltAt => ledger.Note(Rebuilt) ?? "";
}
