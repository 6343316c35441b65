namespace HmacFileServer.Tests.Support;

/// <summary>A theory over the public conformance cases, <c>tests</c> of github.com/toml-lang/toml-test.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TomlSuiteTheoryAttribute : TheoryAttribute
{
    public const string Variable = "TOML_TEST_DIR";

    public TomlSuiteTheoryAttribute()
    {
        if (Folder is null)
        {
            Skip = $"{Variable} is not set";
        }
        else if (!File.Exists(List))
        {
            Skip = $"{Variable} names no folder with a files-toml-1.0.0";
        }
    }

    public static string? Folder => Environment.GetEnvironmentVariable(Variable);

    /// <summary>One relative path a line: the cases that concern TOML 1.0.0.</summary>
    public static string List => Path.Combine(Folder ?? "", "files-toml-1.0.0");
}
