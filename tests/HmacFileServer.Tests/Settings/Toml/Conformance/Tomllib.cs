using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using HmacFileServer.Tests.Support;

namespace HmacFileServer.Tests.Settings.Toml.Conformance;

/// <summary>
/// Python's TOML reader as one child process: each document and each answer is four bytes of length and then itself.
/// The answer is <see cref="Canonical"/>, or <c>!</c> and Python's reason to refuse.
/// </summary>
internal sealed class Tomllib : IAsyncDisposable
{
    private const string Program = """
        import datetime, io, struct, sys, tomllib

        def hexed(text):
            return text.encode().hex()

        def show(value):
            if isinstance(value, dict):
                return "{" + "".join(hexed(k) + "=" + show(v) + ";" for k, v in value.items()) + "}"
            if isinstance(value, list):
                return "[" + "".join(show(v) + ";" for v in value) + "]"
            if isinstance(value, bool):
                return "t" if value else "f"
            if isinstance(value, str):
                return '"' + hexed(value) + '"'
            if isinstance(value, int):
                return "i%d" % value
            if isinstance(value, float):
                return "nan" if value != value else "d" + struct.pack(">d", value).hex()
            if isinstance(value, datetime.datetime):
                return "@" + value.isoformat("T", "microseconds")
            if isinstance(value, datetime.time):
                return "@" + value.isoformat("microseconds")
            return "@" + value.isoformat()

        def answer(document):
            try:
                return show(tomllib.load(io.BytesIO(document)))
            except ValueError as refusal:
                return "!" + str(refusal)

        while length := sys.stdin.buffer.read(4):
            text = answer(sys.stdin.buffer.read(struct.unpack(">I", length)[0])).encode("ascii", "replace")
            sys.stdout.buffer.write(struct.pack(">I", len(text)) + text)
            sys.stdout.buffer.flush()
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process process = Process.Start(new ProcessStartInfo(TomllibFactAttribute.Python, ["-c", Program])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    public async Task<string> ReadAsync(byte[] document)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        var length = new byte[sizeof(int)];

        BinaryPrimitives.WriteInt32BigEndian(length, document.Length);
        await process.StandardInput.BaseStream.WriteAsync(length, limit.Token);
        await process.StandardInput.BaseStream.WriteAsync(document, limit.Token);
        await process.StandardInput.BaseStream.FlushAsync(limit.Token);

        await process.StandardOutput.BaseStream.ReadExactlyAsync(length, limit.Token);
        var answer = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await process.StandardOutput.BaseStream.ReadExactlyAsync(answer, limit.Token);
        return Encoding.ASCII.GetString(answer);
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
