using System.Collections.Immutable;
using SupportBot.Bot.DirectLine;
using SupportBot.Ivr;
using SupportBot.Ivr.Letters;
using SupportBot.Knowledge.Content;

namespace SupportBot.Bot;

/// <summary>The web side: every service and every route of it.</summary>
public static class BotModule
{
    /// <summary>What a command needs to print letters.</summary>
    internal static void AddLetters(IServiceCollection services, IConfiguration configuration) => services.AddLetters(configuration);

    /// <summary>The folders that were made; null when another run is at work.</summary>
    internal static async Task<ImmutableArray<string>?> PrintLettersAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        (await services.GetRequiredService<LetterPrinter>().RunAsync(services.GetRequiredService<ContentLibrary>(), cancellationToken))?.Folders;

    extension(IServiceCollection services)
    {
        public IServiceCollection AddBot(IConfiguration configuration)
        {
            services.AddDirectLine(configuration);
            return services;
        }
    }

    extension(WebApplication app)
    {
        public void MapBot()
        {
            app.UseStaticFiles(new StaticFileOptions
            {
                OnPrepareResponse = file =>
                {
                    ChatPage.Protect(file.Context.Response);
                    file.Context.Response.Headers.CacheControl = "no-cache";
                },
            });
            app.UseCors();
            app.UseWebSockets();

            app.MapChat();
            app.MapDirectLine();
        }
    }
}
