using SupportBot.Knowledge;

namespace SupportBot.Bot.Commands;

/// <summary>The services of a command, from the same settings as the server: appsettings, environment variables.</summary>
static class CommandHost
{
    internal static ServiceProvider Create()
    {
        var configuration = new ConfigurationBuilder()
            .SetBasePath(AppContext.BaseDirectory)
            .AddJsonFile("appsettings.json", optional: true)
            .AddEnvironmentVariables()
            .Build();
        return new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration).AddKnowledge(configuration).BuildServiceProvider();
    }
}
