using HmacFileServer;
using HmacFileServer.Settings;

var settings = SettingsLoader.Load(args[0], Environment.GetEnvironmentVariables());
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.AddHmacFileServer(settings, () => SettingsLoader.Load(args[0], Environment.GetEnvironmentVariables()), args[0]);
await builder.Build().UseHmacFileServer().RunAsync();
