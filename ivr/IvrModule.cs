namespace SupportBot.Ivr;

/// <summary>The phone side: every service and every route of it.</summary>
public static class IvrModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddIvr(IConfiguration configuration)
        {
            _ = configuration;
            return services;
        }
    }

    extension(WebApplication app)
    {
        public void MapIvr()
        {
            Hosting.MapHealth(app);
        }
    }
}
