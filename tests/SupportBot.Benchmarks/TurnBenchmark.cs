using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Npgsql;
using SupportBot.Bot;
using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Benchmarks;

/// <summary>
/// What a turn costs beside what any webhook costs. The callers run in the process of the host and do the same work on both sides: sign a form,
/// post it, read XML. Both sides are measured in turns, so that a noisy machine disturbs both.
/// </summary>
sealed class TurnBenchmark(Load load, TextWriter output)
{
    const string Token = "token-of-the-benchmark";
    const string Empty = "/empty";

    readonly TimeProvider time = TimeProvider.System;

    internal async Task RunAsync()
    {
        await WriteAsync($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors");
        await WriteAsync($"{load.Connections} connections, {load.Rounds} rounds of {load.Span.TotalSeconds} s for each side, taking turns");
        var folder = Directory.CreateDirectory(Path.Combine(StorageOptions.DataFolder, $"benchmark-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}")).FullName;
        try
        {
            await WriteAsync($"a write of 4 kB to this disk is durable after {MedianFlush(folder).TotalMicroseconds:0} µs (median)");
            var keys = $"--Secrets:KeyFile={Path.Combine(folder, "supportbot.key")}";
            await CompareAsync("SQLite, WAL, synchronous=FULL", [keys, $"--Storage:ConnectionString=Data Source={Path.Combine(folder, "supportbot.db")}"]);

            if (Environment.GetEnvironmentVariable("TEST_POSTGRESQL") is { Length: > 0 } server)
            {
                await WithPostgreSqlAsync(server, (name, connection) =>
                    CompareAsync(name, [keys, "--Storage:Engine=postgresql", $"--Storage:ConnectionString={connection}"]));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    async Task CompareAsync(string name, string[] settings)
    {
        await using var app = await BotHost.StartAsync(
            ["--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning", $"--Twilio:AuthToken={Token}", .. settings],
            services => services.AddSingleton<IStartupFilter, EmptyEndpoint>());
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var questions = app.Services.GetRequiredService<ContentLibrary>()[Language.En].Entries.Values.Select(entry => entry.Question).ToImmutableArray();

        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = load.Connections, UseCookies = false, UseProxy = false }) { BaseAddress = new(address) };
        var (empty, turns) = (new Measurement(), new Measurement());
        await MeasureAsync(client, questions, isTurn: true, new());
        await MeasureAsync(client, questions, isTurn: false, new());
        for (var round = 0; round < load.Rounds; round++)
        {
            await MeasureAsync(client, questions, isTurn: false, empty);
            await MeasureAsync(client, questions, isTurn: true, turns);
        }

        await app.StopAsync();
        await WriteAsync($"\n{name}");
        await WriteAsync($"  empty endpoint   {empty}");
        await WriteAsync($"  voice turn       {turns}");
        await WriteAsync($"  ratio            {empty.PerSecond / turns.PerSecond:0.00}  (a turn takes this many times as long as an empty webhook)");
    }

    async Task MeasureAsync(HttpClient client, ImmutableArray<string> questions, bool isTurn, Measurement measurement)
    {
        var started = time.GetTimestamp();
        var latencies = new ConcurrentBag<List<TimeSpan>>();
        await Task.WhenAll(Enumerable.Range(0, load.Connections).Select(caller => Task.Run(async () =>
        {
            var own = new List<TimeSpan>();
            for (var call = caller; time.GetElapsedTime(started) < load.Span; call++)
            {
                await CallAsync(client, questions, isTurn, call, () => time.GetElapsedTime(started) < load.Span, own);
            }

            latencies.Add(own);
        })));
        measurement.Add(time.GetElapsedTime(started), latencies.SelectMany(own => own));
    }

    /// <summary>A call: the greeting, a question, "repeat", another question.</summary>
    async Task CallAsync(HttpClient client, ImmutableArray<string> questions, bool isTurn, int call, Func<bool> hasTime, List<TimeSpan> latencies)
    {
        var sid = "CA" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        (string Path, string Name, string Value)[] steps =
        [
            ("/twilio/voice/incoming", "CallStatus", "ringing"),
            ("/twilio/voice/turn/1", "SpeechResult", questions[call % questions.Length]),
            ("/twilio/voice/turn/2", "Digits", "9"),
            ("/twilio/voice/turn/3", "SpeechResult", questions[(call + 7) % questions.Length]),
        ];
        foreach (var (path, name, value) in steps)
        {
            if (!hasTime())
            {
                return;
            }

            var began = time.GetTimestamp();
            await PostAsync(client, isTurn ? path : Empty, isTurn,
            [
                new("AccountSid", SimulatedCarrier.AccountSid), new("ApiVersion", "2010-04-01"), new("CallSid", sid), new("Direction", "inbound"),
                new("From", string.Create(CultureInfo.InvariantCulture, $"+1202555{call % 10_000:0000}")), new("FromState", "VA"), new("To", SimulatedCarrier.OurNumber), new(name, value),
            ]);
            latencies.Add(time.GetElapsedTime(began));
        }
    }

    static async Task PostAsync(HttpClient client, string path, bool isTurn, KeyValuePair<string, string>[] form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add("X-Twilio-Signature", TwilioSignature.Compute(Token, client.BaseAddress!.GetLeftPart(UriPartial.Authority) + path, form));
        using var answer = await client.SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode || (isTurn && !body.Contains("<Gather", StringComparison.Ordinal)))
        {
            throw new InvalidOperationException($"{path} was answered with {(int)answer.StatusCode}: {body}");
        }
    }

    /// <summary>A database of its own on a server, with the name that a report gives it.</summary>
    internal static async Task WithPostgreSqlAsync(string server, Func<string, string, Task> run)
    {
        var database = $"benchmark_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        await using var administration = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ConnectionString);
        await administration.OpenAsync();
        await ExecuteAsync(administration, $"create database {database}");
        try
        {
            var name = $"PostgreSQL {administration.PostgreSqlVersion.ToString(2)}, fsync={await ExecuteAsync(administration, "show fsync")}, "
                + $"synchronous_commit={await ExecuteAsync(administration, "show synchronous_commit")}";
            await run(name, new NpgsqlConnectionStringBuilder(server) { Database = database, MaxPoolSize = 32 }.ConnectionString);
        }
        finally
        {
            await ExecuteAsync(administration, $"drop database {database} with (force)");
        }
    }

    static async Task<object?> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Names made here; a database name cannot be a parameter.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }

    TimeSpan MedianFlush(string folder)
    {
        using var file = new FileStream(Path.Combine(folder, "flush"), FileMode.Create, FileAccess.Write);
        var page = new byte[4096];
        var spans = new List<TimeSpan>();
        for (var write = 0; write < 100; write++)
        {
            var began = time.GetTimestamp();
            file.Write(page);
            file.Flush(flushToDisk: true);
            spans.Add(time.GetElapsedTime(began));
        }

        return spans.Order().ElementAt(spans.Count / 2);
    }

    Task WriteAsync(FormattableString line) => output.WriteLineAsync(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>A form is read, XML is answered, nothing else: what the framework asks of any webhook.</summary>
    sealed class EmptyEndpoint : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Map(Empty, branch => branch.Run(async http =>
            {
                var form = await http.Request.ReadFormAsync(http.RequestAborted);
                http.Response.ContentType = Twiml.ContentType;
                await http.Response.WriteAsync(form.Count > 0 ? Twiml.Empty : "", Encoding.UTF8, http.RequestAborted);
            }));
            next(app);
        };
    }

    /// <summary>All rounds of one side.</summary>
    sealed class Measurement
    {
        readonly List<TimeSpan> latencies = [];
        TimeSpan span;

        internal double PerSecond => latencies.Count / span.TotalSeconds;

        internal void Add(TimeSpan took, IEnumerable<TimeSpan> more)
        {
            span += took;
            latencies.AddRange(more);
        }

        public override string ToString()
        {
            var ordered = latencies.Order().ToList();
            double At(double share) => ordered[(int)((ordered.Count - 1) * share)].TotalMilliseconds;
            return string.Create(CultureInfo.InvariantCulture, $"{PerSecond,8:0} a second   p50 {At(0.5):0.00} ms   p99 {At(0.99):0.00} ms   {ordered.Count} requests");
        }
    }
}
