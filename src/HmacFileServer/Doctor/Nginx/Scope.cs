using System.Globalization;

namespace HmacFileServer.Doctor.Nginx;

/// <summary>A block and the blocks around it: where a directive's value is looked up, from the inside out.</summary>
internal sealed record Scope(Directive Block, Scope? Outer)
{
    public bool IsLocation => Block.Name == "location";

    /// <summary>The directive in force here: the innermost one.</summary>
    public Directive? Find(string name) => Block.Named(name).LastOrDefault() ?? Outer?.Find(name);

    /// <summary>
    /// All directives of a kind that adds up (proxy_set_header, error_page): those of the innermost block that has any,
    /// for nginx takes none from outside as soon as a block has one of its own.
    /// </summary>
    public IEnumerable<Directive> FindAll(string name) =>
        Block.Named(name).Any() ? Block.Named(name) : Outer?.FindAll(name) ?? [];

    public string Value(string name, string otherwise) => Find(name)?.Argument ?? otherwise;

    public bool IsOn(string name, bool otherwise) => Find(name) is { } found ? found.Argument == "on" : otherwise;

    public TimeSpan Time(string name, double otherwiseSeconds) =>
        Find(name) is { } found && NginxValues.Time(found.Argument) is { } time
            ? time
            : TimeSpan.FromSeconds(otherwiseSeconds);

    public long Size(string name, long otherwise) =>
        Find(name) is { } found && NginxValues.Size(found.Argument) is { } size ? size : otherwise;

    /// <summary>The locations directly in this block, with their scopes.</summary>
    public IEnumerable<Scope> Locations => Block.Named("location").Select(location => new Scope(location, this));

    /// <summary>This block and every location below it.</summary>
    public IEnumerable<Scope> WithAllLocations() =>
        Locations.SelectMany(location => location.WithAllLocations()).Prepend(this);
}

/// <summary>Sizes and times as nginx writes them (ngx_parse.c).</summary>
internal static class NginxValues
{
    private static readonly (string Suffix, double Seconds)[] TimeUnits =
        [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400), ("w", 604800), ("M", 2592000), ("y", 31536000)];

    public static long? Size(string text)
    {
        var shift = text.Length == 0
            ? 0
            : char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, _ => 0 };
        return long.TryParse(shift == 0 ? text : text[..^1], CultureInfo.InvariantCulture, out var count) && count >= 0
            && count < 1L << 33
            ? count << shift
            : null;
    }

    public static TimeSpan? Time(string text)
    {
        var seconds = 0.0;
        var rest = text.AsSpan().Trim();
        if (rest.IsEmpty)
        {
            return null;
        }

        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9') is var end && end < 0 ? rest.Length : end;
            if (digits is 0 or > 9)
            {
                return null;
            }

            var count = int.Parse(rest[..digits], CultureInfo.InvariantCulture);
            rest = rest[digits..];
            var letters = rest.IndexOfAnyInRange('0', '9') is var next && next < 0 ? rest.Length : next;
            var unit = rest[..letters].Trim().ToString();
            rest = rest[letters..];
            var known = Array.Find(TimeUnits, known => known.Suffix == unit);
            seconds += count * (unit.Length == 0 ? 1 : known.Seconds);
            if (unit.Length > 0 && known.Suffix is null)
            {
                return null;
            }
        }

        return UploadCase.Seconds(seconds);
    }
}
