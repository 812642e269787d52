namespace SupportBot.Bot;

/// <summary>The web side: every service and every route of it.</summary>
public static class BotModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddBot(IConfiguration configuration)
        {
            _ = configuration;
            return services;
        }
    }

    extension(WebApplication app)
    {
        public void MapBot()
        {
            app.UseDefaultFiles();
            app.UseStaticFiles();
        }
    }
}
