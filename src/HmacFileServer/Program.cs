return await HmacFileServer.Commands.CommandLine.RunAsync(args);
