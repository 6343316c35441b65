namespace HmacFileServer.Doctor.Report;

/// <summary>One chapter of the report.</summary>
/// <param name="Name">For scripts.</param>
internal sealed record Section(string Name, string Title)
{
    public string? Intro { get; init; }

    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    public IReadOnlyList<Finding> Findings { get; init; } = [];
}

/// <param name="Caption">What the table says, above it; null for none.</param>
internal sealed record ReportTable(
    string? Caption, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);
