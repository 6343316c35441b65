using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(HmacFileServer.Benchmarks.PureParts).Assembly).Run(args);
