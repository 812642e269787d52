using Microsoft.Extensions.Logging.Abstractions;
using SupportBot.Knowledge.Signals;

namespace SupportBot.Tests.Signals;

public sealed class SignalsTests
{
    static readonly TimeSpan patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_signal_wakes_who_waits_for_its_subject_and_nobody_else()
    {
        var signals = new LocalSignals();
        var (mine, other) = (signals.NextAsync("mine"), signals.NextAsync("other"));

        signals.Raise("mine");

        await mine.WaitAsync(patience, TestContext.Current.CancellationToken);
        Assert.False(other.IsCompleted);
    }

    [Fact]
    public async Task A_signal_of_one_process_wakes_another_through_Redis()
    {
        var redis = Environment.GetEnvironmentVariable("TEST_REDIS");
        Assert.True(redis is { Length: > 0 }, "TEST_REDIS is not set: run tests/run, which starts a Redis.");
        using var here = new RedisSignals(redis, NullLogger<RedisSignals>.Instance);
        using var there = new RedisSignals(redis, NullLogger<RedisSignals>.Instance);

        var woken = there.NextAsync("conversation");
        using var raising = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var left = patience; !woken.IsCompleted && left > TimeSpan.Zero; left -= raising.Period)
        {
            // Subscriptions settle in their own time; a lost wake-up costs only another one.
            here.Raise("conversation");
            await raising.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(woken.IsCompleted);
    }

    [Fact]
    public async Task Without_Redis_the_signals_of_this_process_still_work()
    {
        using var signals = new RedisSignals("127.0.0.1:1,connectTimeout=200", NullLogger<RedisSignals>.Instance);
        var woken = signals.NextAsync("conversation");

        signals.Raise("conversation");

        await woken.WaitAsync(patience, TestContext.Current.CancellationToken);
    }
}
