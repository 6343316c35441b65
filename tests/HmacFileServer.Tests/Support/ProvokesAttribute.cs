namespace HmacFileServer.Tests.Support;

/// <summary>
/// The test makes the server refuse with this code. One test proves that no refusal is without such a test.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class ProvokesAttribute(string code) : Attribute
{
    public string Code { get; } = code;
}
