using SupportBot.Knowledge;

namespace SupportBot.Ivr;

/// <summary>The phone side as a service of its own; shares only the database (and Redis where configured) with the bot.</summary>
public sealed class IvrHost
{
    IvrHost()
    {
    }

    public static async Task Main(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        Hosting.Apply(builder, defaultUrl: "http://127.0.0.1:5081");
        builder.Services.AddKnowledge(builder.Configuration);
        builder.Services.AddIvr(builder.Configuration);

        var app = builder.Build();
        app.MapIvr();
        await Hosting.PrepareAsync(app.Services, CancellationToken.None);
        await app.RunAsync();
    }
}
