using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace HmacFileServer.Http.Wire;

/// <summary>
/// A feature of connections that can send parts of files without bringing them into memory; see
/// <see cref="SocketOutput"/>.
/// </summary>
internal interface IFileOutput
{
    /// <summary>
    /// Writes <paramref name="count"/> bytes of a file to the body of a response that has started, to go with
    /// its next flush.
    /// </summary>
    /// <param name="taken">Called whenever the client's side has taken some.</param>
    /// <param name="following">Bytes of the body after these: until they are written, only full packets go.</param>
    void Write(PipeWriter body, SafeFileHandle file, long offset, int count, Action taken, long following);
}
