using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using SupportBot.Bot.Commands;
using SupportBot.Ivr;
using SupportBot.Knowledge;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Bot;

/// <summary>The command <c>supportbot</c>: serves everything unless the first argument names another command.</summary>
public sealed partial class BotHost
{
    BotHost()
    {
    }

    public static async Task<int> Main(string[] args)
    {
        if (CommandLine.Knows(args))
        {
            return await CommandLine.RunAsync(args);
        }

        try
        {
            await ServeAsync(args);
            return 0;
        }
        catch (Exception exception) when (StartProblems.Of(exception) is { } problems)
        {
            await CommandLine.WriteErrorAsync(problems);
            return 1;
        }
    }

    static async Task ServeAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = AppContext.BaseDirectory,
            WebRootPath = Path.Combine(AppContext.BaseDirectory, "wwwroot"),
        });
        Hosting.Apply(builder, defaultUrl: "http://127.0.0.1:5080");
        builder.Services.AddKnowledge(builder.Configuration);
        builder.Services.AddBot(builder.Configuration);
        var hasIvr = builder.Configuration.GetValue("Ivr:Enabled", defaultValue: true);
        if (hasIvr)
        {
            builder.Services.AddIvr(builder.Configuration);
        }

        var app = builder.Build();
        app.MapBot();
        if (hasIvr)
        {
            app.MapIvr();
        }
        else
        {
            Hosting.MapHealth(app);
        }

        await app.Services.GetRequiredService<Migrator>().MigrateAsync(CancellationToken.None);
        app.Lifetime.ApplicationStarted.Register(() => SayWhereToGo(app, hasIvr));
        await app.RunAsync();
    }

    static void SayWhereToGo(WebApplication app, bool hasIvr)
    {
        var library = app.Services.GetRequiredService<ContentLibrary>();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        foreach (var address in addresses)
        {
            Log.Serving(app.Logger, address, library[Knowledge.Conversations.Language.En].Entries.Count);
            Log.TryChat(app.Logger, address);
            if (hasIvr)
            {
                Log.TryPhone(app.Logger, address);
            }
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "SupportBot answers on {Address} from {Entries} entries.")]
        internal static partial void Serving(ILogger logger, string address, int entries);

        [LoggerMessage(Level = LogLevel.Information, Message = "Chat:  {Address}/           try “my activation code never came”")]
        internal static partial void TryChat(ILogger logger, string address);

        [LoggerMessage(Level = LogLevel.Information, Message = "Phone: {Address}/simulator  dial, say “help desk”, or text STOP")]
        internal static partial void TryPhone(ILogger logger, string address);
    }
}
