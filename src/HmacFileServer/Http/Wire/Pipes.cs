using System.IO.Pipelines;

namespace HmacFileServer.Http.Wire;

/// <summary>Both directions of a connection, where one of them is ours.</summary>
internal sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
