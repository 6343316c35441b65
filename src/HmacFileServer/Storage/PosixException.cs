using System.Runtime.InteropServices;

namespace HmacFileServer.Storage;

/// <summary>A system call failed. <see cref="IsFull"/> is the one failure with an answer of its own.</summary>
internal sealed class PosixException(string call, int error)
    : IOException($"{call}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})")
{
    public int Error { get; } = error;

    public bool IsOutOfFiles => Error is Errno.TooManyFiles or Errno.TooManyFilesOfAll;

    public bool IsUnwritable => Error is Errno.NoAccess or Errno.ReadOnly;

    public bool IsFull => Error is Errno.NoSpace or Errno.OverQuota;
}

/// <summary>Values of errno on Linux, asm-generic/errno-base.h and errno.h.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;    // EPERM
    public const int NoEntry = 2;         // ENOENT
    public const int Interrupted = 4;     // EINTR
    public const int NoDevice = 6;        // ENXIO: a socket, or a FIFO nobody reads
    public const int TooBig = 7;          // E2BIG: of an extended attribute, more than any may have
    public const int NoAccess = 13;       // EACCES
    public const int Busy = 16;           // EBUSY: a mount point
    public const int ReadOnly = 30;       // EROFS
    public const int Exists = 17;         // EEXIST
    public const int CrossesDevice = 18;  // EXDEV: openat2's word for "leads outside"
    public const int NotAFolder = 20;     // ENOTDIR
    public const int IsAFolder = 21;      // EISDIR
    public const int Invalid = 22;        // EINVAL
    public const int TooManyFilesOfAll = 23; // ENFILE
    public const int TooManyFiles = 24;   // EMFILE
    public const int NoSpace = 28;        // ENOSPC
    public const int TooManyNames = 31;   // EMLINK
    public const int OutOfRange = 34;     // ERANGE: of an extended attribute, more than this file system takes
    public const int NameTooLong = 36;    // ENAMETOOLONG
    public const int NoSystemCall = 38;   // ENOSYS
    public const int NotEmpty = 39;       // ENOTEMPTY
    public const int TooManyLinks = 40;   // ELOOP: O_NOFOLLOW's word for "a symbolic link"
    public const int NotSupported = 95;   // EOPNOTSUPP
    public const int OverQuota = 122;     // EDQUOT
}
