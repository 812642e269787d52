using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using SupportBot.Bot;
using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Tests.Harness;

/// <summary>The whole service on a real port with a database of its own, the simulated carrier and a clock that the test moves.</summary>
sealed class BotApplication : IAsyncDisposable
{
    /// <summary>What webhooks are signed with.</summary>
    internal const string AuthToken = "token-of-the-tests";

    static readonly Lazy<ConversationEngine> shipped = new(() => new(ContentLoader.Load(ContentLoader.DefaultFolder)));

    readonly string[] settings;
    WebApplication app = null!;
    LogLines? log;

    BotApplication(TestStorage storage, ManualTime time, string[] settings)
    {
        Storage = storage;
        Time = time;
        this.settings = settings;
    }

    /// <summary>The engine on the content that ships. Immutable, and costly to train: every host of this process speaks it.</summary>
    internal static ConversationEngine Shipped => shipped.Value;

    internal TestStorage Storage { get; }

    internal ManualTime Time { get; }

    /// <summary>Speaks to the host that runs now; another one after a restart.</summary>
    internal HttpClient Client { get; private set; } = null!;

    internal IServiceProvider Services => app.Services;

    /// <param name="engine">The database.</param>
    /// <param name="settings">As on the command line: <c>--HelpDesk:State=open</c>.</param>
    internal static Task<BotApplication> StartAsync(Engine engine, params string[] settings) => StartAsync(engine, new ManualTime(), settings);

    /// <param name="log">Gets every line that the host logs.</param>
    internal static Task<BotApplication> StartAsync(Engine engine, LogLines log, params string[] settings) => StartAsync(engine, new ManualTime(), log, settings);

    internal static Task<BotApplication> StartAsync(Engine engine, ManualTime time, params string[] settings) => StartAsync(engine, time, log: null, settings);

    static async Task<BotApplication> StartAsync(Engine engine, ManualTime time, LogLines? log, string[] settings)
    {
        var application = new BotApplication(await TestStorage.CreateAsync(engine), time, settings) { log = log };
        try
        {
            await application.StartHostAsync();
            return application;
        }
        catch
        {
            await application.Storage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the host and starts another on the same database and key file; only what was stored survives.</summary>
    internal async Task RestartAsync()
    {
        await StopHostAsync();
        await StartHostAsync();
    }

    /// <summary>Posts a form as the carrier does.</summary>
    internal async Task<HttpResponseMessage> PostSignedAsync(string path, IReadOnlyCollection<KeyValuePair<string, string>> form, string token = AuthToken)
    {
        var url = new Uri(Client.BaseAddress!, path);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add("X-Twilio-Signature", TwilioSignature.Compute(token, url.ToString(), form));
        return await Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>What was handed to the carrier for a number, oldest first.</summary>
    internal async Task<IReadOnlyList<CarriedText>> CarriedToAsync(string number) =>
        (await Client.GetFromJsonAsync<List<CarriedText>>($"/simulator/messages?to={Uri.EscapeDataString(number)}", TestContext.Current.CancellationToken))!;

    /// <summary>A name as the carrier gives them: two letters and 32 hexadecimal digits.</summary>
    internal static string NewSid(string prefix) => prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    async Task StartHostAsync()
    {
        string[] arguments =
        [
            "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning", $"--Twilio:AuthToken={AuthToken}", .. Storage.Arguments, .. settings,
        ];
        app = await BotHost.StartAsync(arguments, services =>
        {
            if (log is not null)
            {
                services.AddSingleton<ILoggerProvider>(log);
            }

            services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));
            services.Replace(ServiceDescriptor.Singleton(Shipped));
            services.Replace(ServiceDescriptor.Singleton(Shipped.Library));
        });
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Client = new() { BaseAddress = new(address), Timeout = TimeSpan.FromSeconds(30) };
    }

    async Task StopHostAsync()
    {
        Client.Dispose();
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopHostAsync();
        await Storage.DisposeAsync();
    }
}

/// <summary>A text as <c>/simulator/messages</c> shows it.</summary>
sealed record CarriedText(string Sid, string To, string From, string Body, string Status, DateTimeOffset At);
