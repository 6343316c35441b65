HmacFileServer.Memory.NativeHeaps.Share();
HmacFileServer.Storage.Posix.NarrowUmask();
return await HmacFileServer.Commands.CommandLine.RunAsync(args);
