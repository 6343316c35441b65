HmacFileServer.Memory.NativeHeaps.Share();
return await HmacFileServer.Commands.CommandLine.RunAsync(args);
