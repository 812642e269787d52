using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SupportBot.Knowledge.ApiKeys;

namespace SupportBot.Tests.Harness;

/// <summary>A service with a key for its API, as an agency's sign-in system uses it.</summary>
sealed partial class CodeService(BotApplication bot, string key) : IAsyncDisposable
{
    internal BotApplication Bot => bot;

    internal string Key => key;

    internal static Task<CodeService> StartAsync(Engine engine, params string[] settings) => StartAsync(engine, new ManualTime(), settings);

    internal static async Task<CodeService> StartAsync(Engine engine, ManualTime time, params string[] settings)
    {
        var bot = await BotApplication.StartAsync(engine, time, settings);
        return new(bot, await AddKeyAsync(bot, "agency", ApiScopes.Passcodes, ApiScopes.Consents));
    }

    /// <summary>A service that runs already, with a key of its own.</summary>
    internal static async Task<CodeService> WithAsync(BotApplication bot) => new(bot, await AddKeyAsync(bot, BotApplication.NewSid("agency"), ApiScopes.Passcodes));

    internal static async Task<string> AddKeyAsync(BotApplication bot, string name, params string[] scopes) =>
        (await bot.Services.GetRequiredService<ApiKeyStore>().AddAsync(name, [.. scopes], bot.Time.GetUtcNow(), TestContext.Current.CancellationToken))!.Value.Value;

    internal static object Request(
        string phone = "+12025550123", string account = "account", string kind = "security", object? channel = null, string locale = "en", object? contact = null) =>
        new { kind, account, contact = contact ?? phone, channel = channel ?? "text", locale, siteHost = "secure.example.gov" };

    internal async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null, string? idempotencyKey = null, string? withKey = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", withKey ?? key);
        if (body is string text)
        {
            request.Content = new StringContent(text, Encoding.UTF8, "application/json");
        }
        else if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        return await bot.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    internal Task<HttpResponseMessage> PostIssueAsync(object body) => SendAsync(HttpMethod.Post, "/v1/passcodes", body, BotApplication.NewSid("IK"));

    /// <summary>The id of a code that was issued.</summary>
    internal async Task<string> IssueAsync(object body)
    {
        using var answer = await PostIssueAsync(body);
        Assert.True(answer.StatusCode == System.Net.HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (await JsonAsync(answer)).GetProperty("id").GetString()!;
    }

    internal async Task<JsonElement> CheckAsync(string id, string code)
    {
        using var answer = await SendAsync(HttpMethod.Post, $"/v1/passcodes/{id}/check", new { code });
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        return await JsonAsync(answer);
    }

    internal async Task<JsonElement> StoryAsync(string id)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"/v1/passcodes/{id}");
        return await JsonAsync(answer);
    }

    /// <summary>The story once it has the state.</summary>
    internal Task<JsonElement> UntilAsync(string id, string state) => UntilAsync(id, now => now == state);

    /// <summary>The story once it no longer has the state.</summary>
    internal Task<JsonElement> UntilNotAsync(string id, string state) => UntilAsync(id, now => now != state);

    async Task<JsonElement> UntilAsync(string id, Predicate<string> isThere)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var tick = 0; tick < 500; tick++)
        {
            var story = await StoryAsync(id);
            if (isThere(story.GetProperty("state").GetString()!))
            {
                return story;
            }

            await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"The story does not come to it: {await StoryAsync(id)}");
    }

    /// <summary>The code in the last text to a number.</summary>
    internal async Task<string> TextedCodeAsync(string phone)
    {
        var text = (await bot.CarriedToAsync(phone))[^1].Body;
        return text[(text.LastIndexOf('#') + 1)..];
    }

    /// <summary>The six digits in a text.</summary>
    internal static string DigitsIn(string text) => SixDigits().Match(text).Value;

    [GeneratedRegex(@"\b[0-9]{6}\b", RegexOptions.NonBacktracking)]
    private static partial Regex SixDigits();

    internal static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return document.RootElement.Clone();
    }

    public ValueTask DisposeAsync() => bot.DisposeAsync();
}

/// <summary>Keeps every line that is logged.</summary>
sealed class LogLines : ILoggerProvider, ILogger
{
    internal ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Lines.Enqueue($"{formatter(state, exception)} {exception}");
        if (state is IEnumerable<KeyValuePair<string, object?>> values)
        {
            Lines.Enqueue(string.Join(' ', values.Select(pair => $"{pair.Key}={pair.Value}")));
        }
    }

    public void Dispose()
    {
    }
}
