using SupportBot.Bot.DirectLine;

namespace SupportBot.Bot;

/// <summary>The web side: every service and every route of it.</summary>
public static class BotModule
{
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
