using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.ApiKeys;
using SupportBot.Knowledge.Storage;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Deliveries;

/// <summary>The database goes away while codes are asked for and handed over, and comes back.</summary>
public sealed class OutageTests(ITestOutputHelper output)
{
    const int Callers = 4;

    [Fact]
    public async Task A_database_that_is_gone_for_a_while_costs_time_and_no_code()
    {
        var token = TestContext.Current.CancellationToken;
        var away = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("TEST_FULL") is { Length: > 0 } ? 30 : 4);
        await using var server = await PrivatePostgreSql.StartAsync();
        await using var carrier = await FakeCarrier.StartAsync();
        var keys = Directory.CreateTempSubdirectory("supportbot-test-").FullName;
        await using var bot = await BotProcess.StartAsync(
        [
            "--Storage:Engine=postgresql", $"--Storage:ConnectionString={server.ConnectionString}", $"--Secrets:KeyFile={Path.Combine(keys, "supportbot.key")}", .. carrier.Settings,
            "--Limits:Enabled=false", "--Limits:KeyPerMinute=1000000", "--Deliveries:TextDeadline=01:00:00", "--Deliveries:AnswerLease=00:00:05", "--Deliveries:LookUpEvery=00:00:01",
        ]);
        await using var database = new Database(Options.Create(new StorageOptions { Engine = "postgresql", ConnectionString = server.ConnectionString + ";Pooling=false" }));
        var key = (await new ApiKeyStore(database).AddAsync("agency", [ApiScopes.Passcodes], TimeProvider.System.GetUtcNow(), token))!.Value.Value;
        using var client = new HttpClient { BaseAddress = bot.Client.BaseAddress, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
        var issued = new ConcurrentQueue<string>();
        var refused = 0;
        var isOver = false;

        // Each caller repeats a request, with the same key, until it is answered.
        var calling = Enumerable.Range(0, Callers).Select(caller => Task.Run(
            async () =>
            {
                for (var number = 0; !Volatile.Read(ref isOver); number++)
                {
                    var phone = $"+1303{2_000_000 + (caller * 100_000) + number}";
                    while (await IssueAsync(client, phone, token) is var (status, retryAfter) && status != HttpStatusCode.Created)
                    {
                        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
                        Assert.NotNull(retryAfter);
                        Interlocked.Increment(ref refused);
                        await Task.Delay(TimeSpan.FromMilliseconds(200), token);
                    }

                    issued.Enqueue(phone);
                }
            },
            token)).ToList();
        await UntilAsync(() => Task.FromResult(issued.Count >= 20), calling);
        await server.StopAsync();
        await Task.Delay(away, token);
        await server.ResumeAsync();
        var atReturn = issued.Count;
        await UntilAsync(() => Task.FromResult(issued.Count >= atReturn + 20), calling);
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(calling);
        Task<int> CountAsync(string sql) => database.ReadAsync(connection => connection.ExecuteScalarAsync<int>(sql), token);
        await UntilAsync(async () => await CountAsync("select count(*) from deliveries where state <> 'delivered'") == 0, []);

        output.WriteLine($"{issued.Count} codes, {refused} requests answered with 503 in {away.TotalSeconds} s without a database");
        Assert.Equal(issued.Count, await CountAsync("select count(*) from passcodes"));
        Assert.Equal(issued.Order(StringComparer.Ordinal), carrier.Accepted.Select(request => request.Form["To"][0]).Order(StringComparer.Ordinal));
        Assert.True(refused > 0);
        Directory.Delete(keys, recursive: true);
    }

    static async Task<(HttpStatusCode Status, RetryConditionHeaderValue? RetryAfter)> IssueAsync(HttpClient client, string phone, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/passcodes")
        {
            Content = JsonContent.Create(new { kind = "security", account = phone, contact = phone, channel = "text", siteHost = "example.gov" }),
        };
        request.Headers.Add("Idempotency-Key", phone);
        using var answer = await client.SendAsync(request, cancellationToken);
        Assert.Equal(answer.IsSuccessStatusCode ? "application/json" : "application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return (answer.StatusCode, answer.Headers.RetryAfter);
    }

    static async Task UntilAsync(Func<Task<bool>> isSo, IReadOnlyCollection<Task> callers)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var tick = 0; tick < 2_400; tick++)
        {
            if (await isSo())
            {
                return;
            }

            await Task.WhenAll(callers.Where(caller => caller.IsFaulted));
            await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("It does not come to pass.");
    }
}
