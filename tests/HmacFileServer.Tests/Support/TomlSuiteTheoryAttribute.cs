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
        else if (!Directory.Exists(Path.Combine(Folder, "valid")))
        {
            Skip = $"{Variable} names no folder with valid/ and invalid/ in it";
        }
    }

    public static string? Folder => Environment.GetEnvironmentVariable(Variable);
}
