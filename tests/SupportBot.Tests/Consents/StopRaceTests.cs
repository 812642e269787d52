using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using SupportBot.Ivr.Carriers;
using SupportBot.Ivr.Deliveries;
using SupportBot.Ivr.Sms;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Signals;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Consents;

/// <summary>STOP against workers that are busy sending: the database puts them in order, and the answer to STOP waits for what is under way.</summary>
public sealed class StopRaceTests(ITestOutputHelper output)
{
    const int Workers = 3;
    const int TextsEach = 3;

    static readonly DateTimeOffset at = ManualTime.WorkingDay;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static bool IsFull => Environment.GetEnvironmentVariable("TEST_FULL") is { Length: > 0 };

    [Theory, DatabaseMatrix]
    public async Task Nothing_reaches_the_carrier_after_the_answer_to_STOP(Engine engine)
    {
        var rounds = IsFull ? 1_000 : 60;
        await using var storage = await TestStorage.CreateAsync(engine);
        storage.LimitOptions.Enabled = false;
        var (late, committedLate, sent, held) = (0, 0, 0, 0);
        for (var round = 0; round < rounds; round++)
        {
            var number = Number($"+1202{5550000 + round}");
            var fingerprint = storage.Secrets.Fingerprint(number);
            for (var text = 0; text < TextsEach; text++)
            {
                await storage.Passcodes.IssueAsync(
                    new("agency", PasscodeKind.Security, $"{round}/{text}", new(number.Value, null, null), [DeliveryChannel.Text], Language.En, "example.gov"),
                    null, passcode => "", at, Token);
            }

            var handedOver = new ConcurrentBag<long>();
            var (stopped, answered) = (long.MaxValue, long.MaxValue);
            using var end = new CancellationTokenSource();
            var started = new TaskCompletionSource();
            var working = Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
            {
                await started.Task;
                var deliveries = storage.OpenDeliveries(storage.Database);
                while (!end.IsCancellationRequested)
                {
                    var all = await deliveries.ClaimAsync(1, at, Token);
                    if (all.IsEmpty)
                    {
                        await Task.Yield();
                    }

                    foreach (var claimed in all)
                    {
                        // What a carrier's answer takes, and a scheduler's whim.
                        await Task.Delay(round % 7, Token);
                        handedOver.Add(Stopwatch.GetTimestamp());
                        await deliveries.RecordAsync(claimed.Attempt, DeliveryState.Sent, null, null, at, Token);
                    }
                }
            })).ToList();
            var hold = new OptOutHold(storage.Database, storage.Consents, new LocalSignals(), TimeProvider.System);
            started.SetResult();
            await Task.Delay(round % 5, Token);
            await storage.WriteAsync(async transaction =>
            {
                await storage.Consents.RecordAsync(transaction, number, null, new(ConsentState.OptedOut, "STOP", ConsentMeans.Keyword), "person", at);
                return true;
            });
            stopped = await storage.ScalarAsync<long>("select count(*) from attempts a join deliveries d on d.id = a.delivery_id where d.fingerprint = @fingerprint", new { fingerprint });
            await hold.WaitAsync(fingerprint, Token);
            answered = Stopwatch.GetTimestamp();
            await Task.Delay(2, Token);
            await end.CancelAsync();
            await Task.WhenAll(working);

            late += handedOver.Count(moment => moment > answered);
            committedLate += (int)(await storage.ScalarAsync<long>(
                "select count(*) from attempts a join deliveries d on d.id = a.delivery_id where d.fingerprint = @fingerprint", new { fingerprint }) - stopped);
            sent += handedOver.Count;
            held += await storage.ScalarAsync<int>("select count(*) from deliveries where fingerprint = @fingerprint and state = 'canceled'", new { fingerprint });
        }

        output.WriteLine($"{engine}: {rounds} races, {sent} texts sent before, {held} canceled, {committedLate} attempts committed after STOP, {late} handed over after its answer");
        Assert.Equal((0, 0), (committedLate, late));
        Assert.Equal(rounds * TextsEach, sent + held);
        Assert.True(sent > 0 && held > 0);
    }

    [Fact]
    public async Task What_was_in_hand_for_too_long_is_put_back_and_asked_again()
    {
        await using var bot = await BotApplication.StartAsync(Engine.Sqlite);
        var number = Number("+12025550123");
        var deliveries = bot.Services.GetRequiredService<DeliveryStore>();
        var database = bot.Services.GetRequiredService<Knowledge.Storage.Database>();
        await database.WriteAsync(transaction => deliveries.EnqueueAsync(transaction, new("c"), number, "hello", "answer", bot.Time.GetUtcNow()), Token);
        var claimedAt = bot.Time.GetTimestamp();
        var claimed = Assert.Single(await deliveries.ClaimAsync(1, bot.Time.GetUtcNow(), Token));

        await database.WriteAsync(
            transaction => bot.Services.GetRequiredService<ConsentStore>().RecordAsync(
                transaction, number, null, new(ConsentState.OptedOut, "STOP", ConsentMeans.Keyword), "person", bot.Time.GetUtcNow()),
            Token);
        await bot.Services.GetRequiredService<DeliveryHandover>().RunAsync(claimed, claimedAt - (5 * TimeSpan.TicksPerSecond), Token);

        Assert.Empty(bot.Services.GetRequiredService<SimulatedCarrier>().TextsTo(number.Value));
    }

    static PhoneNumber Number(string text) => PhoneNumber.TryParse(text, out var number) ? number : throw new FormatException(text);
}
