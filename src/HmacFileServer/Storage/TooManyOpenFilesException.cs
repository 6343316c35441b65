namespace HmacFileServer.Storage;

/// <summary>No file can be opened now; soon one can.</summary>
internal sealed class TooManyOpenFilesException() : IOException("As many files are open as may be.");
