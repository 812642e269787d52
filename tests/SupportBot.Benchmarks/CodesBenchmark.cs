using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using SupportBot.Bot;
using SupportBot.Knowledge.ApiKeys;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Benchmarks;

/// <summary>
/// Codes from the request of a sign-in system to the carrier, beside a plain loop that posts the same forms to the same carrier. All in one process, so
/// that both sides share the machine alike; they are measured in turns.
/// </summary>
sealed class CodesBenchmark(Load load, TextWriter output)
{
    const string Account = "AC0123456789abcdef0123456789abcdef";
    const string Token = "token-of-the-benchmark";

    /// <summary>Enough for the code of both sides to be compiled at its best.</summary>
    const int WarmingRounds = 2;

    readonly TimeProvider time = TimeProvider.System;
    readonly ConcurrentDictionary<string, long> arrived = new(StringComparer.Ordinal);
    int number;

    internal async Task RunAsync()
    {
        await WriteAsync($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors");
        await WriteAsync($"{load.Connections} connections, {load.Rounds} rounds of {load.Span.TotalSeconds} s for each side, taking turns");
        await using var carrier = await StartCarrierAsync();
        var folder = Directory.CreateDirectory(Path.Combine(StorageOptions.DataFolder, $"benchmark-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}")).FullName;
        try
        {
            var keys = $"--Secrets:KeyFile={Path.Combine(folder, "supportbot.key")}";
            await CompareAsync("SQLite, WAL, synchronous=FULL", AddressOf(carrier), [keys, $"--Storage:ConnectionString=Data Source={Path.Combine(folder, "supportbot.db")}"]);
            if (Environment.GetEnvironmentVariable("TEST_POSTGRESQL") is { Length: > 0 } server)
            {
                await TurnBenchmark.WithPostgreSqlAsync(server, (name, connection) =>
                    CompareAsync(name, AddressOf(carrier), [keys, "--Storage:Engine=postgresql", $"--Storage:ConnectionString={connection}"]));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    async Task CompareAsync(string name, string carrier, string[] settings)
    {
        await using var app = await BotHost.StartAsync(
        [
            "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning", "--Limits:Enabled=false", "--Limits:KeyPerMinute=100000000", "--Deliveries:TextDeadline=01:00:00",
            $"--Twilio:AccountSid={Account}", $"--Twilio:AuthToken={Token}", "--Twilio:From=+12025550100", $"--Twilio:ApiBaseUrl={carrier}", .. settings,
        ]);
        var key = (await app.Services.GetRequiredService<ApiKeyStore>().AddAsync("benchmark", [ApiScopes.Passcodes], time.GetUtcNow(), CancellationToken.None))!.Value.Value;
        using var api = new HttpClient(Handler()) { BaseAddress = new(AddressOf(app)), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
        using var plain = new HttpClient(Handler()) { BaseAddress = new(carrier) };
        var (direct, codes) = (new List<double>(), new List<double>());
        var (directTime, codeTime) = (default(Spent), default(Spent));
        for (var round = 0; round < WarmingRounds; round++)
        {
            await RoundAsync(to => PostPlainAsync(plain, to), load.Connections, []);
            await RoundAsync(to => IssueAsync(api, to), load.Connections, []);
        }

        for (var round = 0; round < load.Rounds; round++)
        {
            directTime += await RoundAsync(to => PostPlainAsync(plain, to), load.Connections, direct);
            codeTime += await RoundAsync(to => IssueAsync(api, to), load.Connections, codes);
        }

        var alone = new List<double>();
        var aloneTime = await RoundAsync(to => IssueAsync(api, to), connections: 1, alone);

        await app.StopAsync();
        await WriteAsync($"\n{name}");
        await WriteAsync($"  plain loop of posts   {Line(direct, directTime)}");
        await WriteAsync($"  codes, issue→carrier  {Line(codes, codeTime)}");
        await WriteAsync($"  one caller at a time  {Line(alone, aloneTime)}");
        await WriteAsync($"  ratio                 {codes.Count / codeTime.Seconds / (direct.Count / directTime.Seconds):0.000}  (codes a second for each plain post a second)");
        await WriteAsync($"  ratio by processor    {direct.Count / directTime.ProcessorSeconds / (codes.Count / codeTime.ProcessorSeconds):0.0} plain posts take the processor time of a code, in this process");
    }

    /// <summary>What it takes until everything that was asked for in the span is with the carrier.</summary>
    async Task<Spent> RoundAsync(Func<string, Task> act, int connections, List<double> latencies)
    {
        var processor = Environment.CpuUsage.TotalTime;
        var began = time.GetTimestamp();
        var asked = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            while (time.GetElapsedTime(began) < load.Span)
            {
                var to = string.Create(CultureInfo.InvariantCulture, $"+1{2_120_000_000L + Interlocked.Increment(ref number)}");
                asked[to] = time.GetTimestamp();
                await act(to);
            }
        })));
        while (!asked.Keys.All(arrived.ContainsKey))
        {
            await Task.Delay(5);
        }

        var last = asked.Keys.Max(to => arrived[to]);
        latencies.AddRange(asked.Select(pair => time.GetElapsedTime(pair.Value, arrived[pair.Key]).TotalMilliseconds));
        return new(time.GetElapsedTime(began, last).TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds);
    }

    static async Task PostPlainAsync(HttpClient client, string to)
    {
        using var answer = await client.PostAsync($"/2010-04-01/Accounts/{Account}/Messages.json", new FormUrlEncodedContent(
        [
            new("To", to), new("From", "+12025550100"), new("Body", "SupportBot: your security code is 123456, good for 10 minutes. Never share it.\n\n@example.gov #123456"),
            new("StatusCallback", "http://127.0.0.1:1/twilio/deliveries/0123456789abcdef01234567-1/status"), new("ValidityPeriod", "600"), new("ContentRetention", "discard"),
        ]));
        await answer.Content.ReadAsByteArrayAsync();
    }

    static async Task IssueAsync(HttpClient client, string to)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/passcodes")
        {
            Content = JsonContent.Create(new { kind = "security", account = to, contact = to, channel = "text", siteHost = "example.gov" }),
        };
        request.Headers.Add("Idempotency-Key", to);
        using var answer = await client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    async Task<WebApplication> StartCarrierAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/2010-04-01/Accounts/{account}/Messages.json", async (HttpContext http) =>
        {
            var form = await http.Request.ReadFormAsync();
            arrived[form["To"].ToString()] = time.GetTimestamp();
            return Results.Json(new Dictionary<string, string> { ["sid"] = "SM" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), ["status"] = "queued" }, statusCode: 201);
        });
        await app.StartAsync();
        return app;
    }

    SocketsHttpHandler Handler() => new() { MaxConnectionsPerServer = load.Connections, UseCookies = false, UseProxy = false };

    static string AddressOf(WebApplication app) => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    static FormattableString Line(List<double> latencies, Spent time)
    {
        var sorted = latencies.Order().ToArray();
        return $"{sorted.Length / time.Seconds,8:0} a second   p50 {Report.Percentile(sorted, 0.5):0.00} ms   p99 {Report.Percentile(sorted, 0.99):0.00} ms   {time.ProcessorSeconds / sorted.Length * 1e6:0} µs of processor   {sorted.Length} requests";
    }

    Task WriteAsync(FormattableString line) => output.WriteLineAsync(line.ToString(CultureInfo.InvariantCulture));

    /// <param name="Seconds">Until the last form arrived.</param>
    /// <param name="ProcessorSeconds">Of this process: the callers, the service and the carrier, not the database server.</param>
    readonly record struct Spent(double Seconds, double ProcessorSeconds)
    {
        public static Spent operator +(Spent left, Spent right) => new(left.Seconds + right.Seconds, left.ProcessorSeconds + right.ProcessorSeconds);
    }
}
