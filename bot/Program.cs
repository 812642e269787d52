using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using SupportBot.Bot.Commands;
using SupportBot.Ivr;
using SupportBot.Knowledge;
using SupportBot.Knowledge.Content;

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

    /// <summary>The whole service on an up-to-date database, answering on its addresses. The caller disposes it, which ends it.</summary>
    /// <param name="args">Settings, as on the command line.</param>
    /// <param name="replace">Last word on the services: where tests put their clock.</param>
    public static async Task<WebApplication> StartAsync(string[] args, Action<IServiceCollection>? replace = null)
    {
        var app = Create(args, replace);
        try
        {
            await Hosting.PrepareAsync(app.Services, CancellationToken.None);
            await app.StartAsync();
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    static async Task ServeAsync(string[] args)
    {
        await using var app = await StartAsync(args);
        await app.WaitForShutdownAsync();
    }

    static WebApplication Create(string[] args, Action<IServiceCollection>? replace)
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

        replace?.Invoke(builder.Services);
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

        app.Lifetime.ApplicationStarted.Register(() => SayWhereToGo(app, hasIvr));
        return app;
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
