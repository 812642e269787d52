using SupportBot.Knowledge;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Bot.Commands;

/// <summary>The services of a command, from the same settings as the server: appsettings, environment variables, and what was typed.</summary>
static class CommandHost
{
    /// <summary>Settings that were typed with the command, such as <c>--Storage:Engine=postgresql</c>.</summary>
    internal static string[] Settings { get; set; } = [];

    /// <param name="add">More services than knowledge has.</param>
    internal static ServiceProvider Create(Action<IServiceCollection, IConfiguration>? add = null)
    {
        var configuration = new ConfigurationBuilder()
            .SetBasePath(AppContext.BaseDirectory)
            .AddJsonFile("appsettings.json", optional: true)
            .AddEnvironmentVariables()
            .AddCommandLine(Settings)
            .Build();
        var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration).AddKnowledge(configuration);
        add?.Invoke(services, configuration);
        return services.BuildServiceProvider();
    }

    /// <summary>On an up-to-date database: a command may be the first to use it.</summary>
    internal static async Task<ServiceProvider> CreateMigratedAsync(CancellationToken cancellationToken, Action<IServiceCollection, IConfiguration>? add = null)
    {
        var services = Create(add);
        await services.GetRequiredService<Migrator>().MigrateAsync(cancellationToken);
        return services;
    }
}
