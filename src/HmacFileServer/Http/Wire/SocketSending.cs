using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using HmacFileServer.Storage;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Http.Wire;

/// <summary>
/// The sending itself: part by part, at once while the socket takes them, else by the framework's poller.
/// </summary>
internal sealed partial class SocketOutput
{
    /// <summary>How much of a file is read to wait for a full socket to take more.</summary>
    private const int Piece = 4 << 10;

    /// <summary>How much is read at once of a file that sendfile(2) can't send.</summary>
    private const int ReadAtOnce = 128 << 10;

    /// <returns><see langword="false"/> when the socket takes no more for now.</returns>
    private bool TrySend(Part part)
    {
        if (part.Block is { } spent)
        {
            spent.Dispose();
            first++;
            return true;
        }

        var sent = part.File is { } file
            ? Send(file)
            : SocketCalls.Send(socket.SafeHandle, part.Memory.Span, more: first + 1 < parts.Count);
        if (sent == SocketCalls.WouldBlock)
        {
            return false;
        }

        if (sent <= 0)
        {
            Break(sent == 0 ? "a file was cut short" : null);
            return true;
        }

        Sent(part, (int)sent);
        return true;
    }

    private nint Send(FilePart file)
    {
        var sent = SocketCalls.SendFile(socket.SafeHandle, file.Handle, file.Offset, file.Count);
        if (sent != SocketCalls.NotThisFile)
        {
            return sent;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(ReadAtOnce);
        try
        {
            var read = RandomAccess.Read(
                file.Handle, buffer.AsSpan(0, Math.Min(ReadAtOnce, file.Count)), file.Offset);
            return read == 0 ? 0 : SocketCalls.Send(socket.SafeHandle, buffer.AsSpan(0, read), more: false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<FlushResult> FlushSlowlyAsync(CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        waiting = either;
        byte[]? buffer = null;
        try
        {
            while (!broken && first < parts.Count)
            {
                var part = parts[first];
                if (TrySend(part))
                {
                    continue;
                }

                // The framework has the poller. What it sends for us, a piece of the file if need be, ends when
                // there is room.
                var piece = part.Memory;
                if (part.File is { } file)
                {
                    buffer ??= ArrayPool<byte>.Shared.Rent(Piece);
                    piece = buffer.AsMemory(
                        0, RandomAccess.Read(file.Handle, buffer.AsSpan(0, Math.Min(Piece, file.Count)), file.Offset));
                }

                if (piece.IsEmpty)
                {
                    Break("a file was cut short");
                    break;
                }

                Sent(part, await socket.SendAsync(piece, either.Token));
                if (first < parts.Count && parts[first].File is { IsInMemory: false })
                {
                    await Poller.Leave(); // for the disk
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            broken = true;
        }
        catch (OperationCanceledException)
        {
            broken = true; // nobody knows how much of the piece is on its way
            cancel.ThrowIfCancellationRequested();
        }
        finally
        {
            waiting = null;
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        return Flushed();
    }

    private void Sent(Part part, int bytes)
    {
        if (part.File is { } file)
        {
            file.Offset += bytes;
            file.Count -= bytes;
            file.Taken();
            first += file.Count == 0 ? 1 : 0;
        }
        else if (bytes == part.Memory.Length)
        {
            first++;
        }
        else
        {
            parts[first] = part with { Memory = part.Memory[bytes..] };
        }
    }

    private sealed class FilePart(SafeFileHandle handle, long offset, int count, Action taken)
    {
        public SafeFileHandle Handle { get; } = handle;

        public Action Taken { get; } = taken;

        public long Offset { get; set; } = offset;

        public int Count { get; set; } = count;

        public bool IsInMemory => Posix.IsInMemory(Handle, Offset, Count);
    }

    /// <param name="Block">To be given back once everything before it was sent.</param>
    private readonly record struct Part(FilePart? File, ReadOnlyMemory<byte> Memory, IMemoryOwner<byte>? Block);

    private sealed class Unpooled(int bytes) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = new byte[bytes];

        public void Dispose()
        {
        }
    }
}
