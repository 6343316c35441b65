using System.Runtime.InteropServices;
using HmacFileServer.Storage;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Http.Wire;

/// <summary>Sending without waiting, which .NET's sockets don't offer: send(2) and sendfile(2).</summary>
internal static partial class SocketCalls
{
    /// <summary>The socket takes no more for now.</summary>
    public const nint WouldBlock = -2;

    /// <summary>The file system has no sendfile(2); the file can be read all the same.</summary>
    public const nint NotThisFile = -3;

    private const int DontWait = 0x40;     // MSG_DONTWAIT, linux/socket.h
    private const int NoSignal = 0x4000;   // MSG_NOSIGNAL
    private const int More = 0x8000;       // MSG_MORE: a head waits for the bytes of its file
    private const int Tcp = 6;             // IPPROTO_TCP
    private const int TcpCork = 3;         // TCP_CORK, linux/tcp.h
    private const int Again = 11;          // EAGAIN, asm-generic/errno-base.h

    /// <returns>Bytes taken, <see cref="WouldBlock"/>, or -1 when the connection is gone.</returns>
    public static nint Send(SafeHandle socket, ReadOnlySpan<byte> bytes, bool more)
    {
        nint sent;
        do
        {
            sent = NativeSend(socket, bytes, (nuint)bytes.Length, DontWait | NoSignal | (more ? More : 0));
        }
        while (sent < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);

        return Result(sent);
    }

    /// <summary>Waits not, for .NET has made the socket non-blocking when it first received.</summary>
    /// <returns>Bytes taken, 0 at the file's end, <see cref="WouldBlock"/>, <see cref="NotThisFile"/>, or -1 when the
    /// connection is gone or the file can't be read.</returns>
    public static nint SendFile(SafeHandle socket, SafeFileHandle file, long offset, int count)
    {
        nint sent;
        do
        {
            var from = offset;
            sent = NativeSendFile(socket, file, ref from, (nuint)count);
        }
        while (sent < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);

        var isOfFile = sent < 0
            && Marshal.GetLastPInvokeError() is (Errno.Invalid or Errno.NoSystemCall or Errno.NotSupported);
        return isOfFile ? NotThisFile : Result(sent);
    }

    /// <summary>
    /// Keeps back what fills no packet, for 200 ms at most, until <see cref="Uncork"/> (tcp(7)). Without effect on a
    /// unix socket, and on one that was closed meanwhile: who sends next is told.
    /// </summary>
    public static void Cork(SafeHandle socket) => SetCork(socket, 1);

    public static void Uncork(SafeHandle socket) => SetCork(socket, 0);

    /// <summary>
    /// Whether nothing can be sent any more: it was reset, or closed on both sides. A peer that has ended only what it
    /// sends is still there (poll(2): POLLHUP, not POLLRDHUP).
    /// </summary>
    public static bool IsClosed(SafeHandle socket)
    {
        var held = false;
        try
        {
            socket.DangerousAddRef(ref held);
            var one = new PollHandle { Handle = (int)socket.DangerousGetHandle() };
            return NativePoll(ref one, 1, 0) != 0; // errors and hang-ups are told without being asked for
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
        finally
        {
            if (held)
            {
                socket.DangerousRelease();
            }
        }
    }

    private static void SetCork(SafeHandle socket, int value)
    {
        try
        {
            _ = NativeSetOption(socket, Tcp, TcpCork, value, sizeof(int));
        }
        catch (ObjectDisposedException)
        {
            // as said above
        }
    }

    private static nint Result(nint sent) =>
        sent >= 0 ? sent : Marshal.GetLastPInvokeError() == Again ? WouldBlock : -1;

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint NativeSend(SafeHandle socket, ReadOnlySpan<byte> bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int NativeSetOption(SafeHandle socket, int level, int option, in int value, uint length);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int NativePoll(ref PollHandle handles, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    private static partial nint NativeSendFile(SafeHandle socket, SafeFileHandle file, ref long offset, nuint count);

    // struct pollfd, poll(2)
    [StructLayout(LayoutKind.Sequential)]
    private struct PollHandle
    {
        public int Handle;
        public short Events;
        public short Happened;
    }
}
