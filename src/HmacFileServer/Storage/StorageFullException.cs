namespace HmacFileServer.Storage;

/// <summary>The disk or a quota of the file system is full. Nothing was left behind.</summary>
internal sealed class StorageFullException(Exception inner) : IOException("No space left in the store.", inner);
