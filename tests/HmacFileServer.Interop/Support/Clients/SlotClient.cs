using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace HmacFileServer.Interop.Support.Clients;

/// <summary>
/// slixmpp and Python's http.client in one long-lived child (slot-client.py): asks for slots and uses them.
/// Without slixmpp it still speaks HTTP.
/// </summary>
internal sealed class SlotClient : IAsyncDisposable
{
    public const string Password = "interop";

    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonObject>> _asked = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ChildProcess _process;
    private readonly string _authority;
    private readonly Task _reading;
    private int _lastId;

    private SlotClient(ChildProcess process, string authority)
    {
        _process = process;
        _authority = authority;
        _reading = ReadAsync();
    }

    public static SlotClient Start(TempFolder folder, TestCertificate certificate)
    {
        // Debian's python, not one that comes first on PATH: slixmpp is its package.
        var process = ChildProcess.StartPiped(
            Path.Combine(folder.Path, "slot-client.log"),
            "/usr/bin/python3", "-u", Path.Combine(AppContext.BaseDirectory, "slot-client.py"));
        return new SlotClient(process, certificate.Authority);
    }

    public async Task LogInAsync(string account, int port)
    {
        var answer = await AskAsync(new JsonObject
        {
            ["do"] = "login",
            ["jid"] = account,
            ["password"] = Password,
            ["port"] = port,
            ["ca"] = _authority,
        });
        Complain(account, answer);
    }

    /// <summary>Asks for a slot as XEP-0363 says.</summary>
    public async Task<Slot> RequestSlotAsync(string account, string service, string name, long size, string? type)
    {
        var answer = await AskAsync(new JsonObject
        {
            ["do"] = "slot",
            ["jid"] = account,
            ["service"] = service,
            ["name"] = name,
            ["size"] = size,
            ["type"] = type,
        });
        Complain(name, answer);
        return new Slot((string)answer["put"]!, (string)answer["get"]!, Strings(answer["headers"]));
    }

    /// <summary>Sends a request of type get as it is given.</summary>
    /// <returns>The whole answer, a result or an error.</returns>
    public async Task<XElement> AskAsync(string account, string service, string request)
    {
        var answer = await AskAsync(new JsonObject
        {
            ["do"] = "ask",
            ["jid"] = account,
            ["service"] = service,
            ["request"] = request,
        });
        Complain(request, answer);
        return XElement.Parse((string)answer["answer"]!);
    }

    /// <summary>Sends a stanza just as it is written, and waits until the service has seen it.</summary>
    /// <returns>"passed on", or "closed" by the chat server, and logged in again.</returns>
    public async Task<string> SendRawAsync(string account, int port, string service, string stanza)
    {
        var answer = await AskAsync(new JsonObject
        {
            ["do"] = "raw",
            ["jid"] = account,
            ["password"] = Password,
            ["port"] = port,
            ["ca"] = _authority,
            ["service"] = service,
            ["stanza"] = stanza,
        });
        Complain(stanza, answer);
        return (string)answer["text"]!;
    }

    /// <summary>The next chat message to this account.</summary>
    public async Task<string> NextMessageAsync(string account)
    {
        var answer = await AskAsync(new JsonObject { ["do"] = "message", ["jid"] = account });
        Complain(account, answer);
        return (string)answer["text"]!;
    }

    public async Task<HttpAnswer> PutAsync(Upload upload)
    {
        var headers = new JsonObject();
        foreach (var (name, value) in upload.Headers)
        {
            headers[name] = value;
        }

        return Answer(await AskAsync(new JsonObject
        {
            ["do"] = "put",
            ["url"] = upload.Url,
            ["ca"] = _authority,
            ["size"] = upload.Size,
            ["seed"] = upload.Seed,
            ["type"] = upload.Type,
            ["seconds"] = upload.Duration.TotalSeconds,
            ["stubborn"] = upload.IsStubborn,
            ["headers"] = headers,
        }));
    }

    /// <summary>GET or HEAD, as a page of a web client asks: with an Origin.</summary>
    public async Task<HttpAnswer> FetchAsync(string method, string url) => Answer(await AskAsync(new JsonObject
    {
        ["headers"] = new JsonObject { ["Origin"] = "https://web-client.example" },
        ["do"] = "fetch",
        ["method"] = method,
        ["url"] = url,
        ["ca"] = _authority,
    }));

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _reading;
        _writing.Dispose();
    }

    private static HttpAnswer Answer(JsonObject answer) => new(
        (int?)answer["status"] ?? 0,
        (string?)answer["failure"],
        Strings(answer["headers"]),
        (string?)answer["text"] ?? "",
        (long?)answer["length"] ?? 0,
        (string?)answer["sha256"] ?? "",
        (long?)answer["sent"] ?? 0,
        (string?)answer["sentSha256"] ?? "");

    private static Dictionary<string, string> Strings(JsonNode? node) => (node as JsonObject ?? []).ToDictionary(
        static pair => pair.Key, static pair => (string)pair.Value!, StringComparer.OrdinalIgnoreCase);

    private static void Complain(string subject, JsonObject answer)
    {
        if ((string?)answer["failure"] is { } failure)
        {
            throw new InvalidOperationException($"{subject}: {failure}");
        }
    }

    private async Task<JsonObject> AskAsync(JsonObject job)
    {
        var id = Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);
        var answer = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        job["id"] = id;
        await _writing.WaitAsync();
        try
        {
            await _process.Input.WriteLineAsync(job.ToJsonString());
            await _process.Input.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }

        return await answer.Task;
    }

    private async Task ReadAsync()
    {
        while (await _process.Output.ReadLineAsync() is { } line)
        {
            var answer = JsonNode.Parse(line)!.AsObject();
            _asked.TryRemove((string)answer["id"]!, out var asked);
            asked!.SetResult(answer);
        }

        foreach (var asked in _asked.Values)
        {
            asked.TrySetException(new InvalidOperationException("slot-client.py has ended: " + _process.ReadLog()));
        }
    }
}
