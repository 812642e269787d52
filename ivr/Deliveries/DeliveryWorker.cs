using System.Collections.Immutable;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Signals;

namespace SupportBot.Ivr.Deliveries;

/// <summary>Takes texts, e-mails and calls out of the outbox, each once. Any number of workers may run on one database.</summary>
public sealed partial class DeliveryWorker(
    DeliveryStore deliveries,
    DeliveryHandover handover,
    ISignals signals,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<DeliveryWorker> logger) : BackgroundService
{
    const int AtOnce = 32;
    const int CallsAtOnce = 8;

    static readonly TimeSpan look = TimeSpan.FromSeconds(1);
    static readonly TimeSpan lookForCalls = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan longestRest = TimeSpan.FromSeconds(30);

    int isDatabaseAway;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (await lifetime.IsStartedAsync(stoppingToken))
        {
            await Task.WhenAll(
                WorkAsync((most, now) => deliveries.ClaimAsync(most, now, stoppingToken), AtOnce, [DeliveryStore.Signal, DeliveryStore.TextSignal], look, stoppingToken),
                WorkAsync((_, now) => deliveries.ClaimCallAsync(now, stoppingToken), CallsAtOnce, [DeliveryStore.Signal], lookForCalls, stoppingToken));
        }
    }

    async Task WorkAsync(Func<int, DateTimeOffset, Task<ImmutableArray<ClaimedDelivery>>> claim, int atOnce, string[] subjects, TimeSpan idle, CancellationToken stoppingToken)
    {
        // By person, so that two texts to one keep their order and a slow answer about one does not hold up another.
        var inHand = new Dictionary<string, Task>(StringComparer.Ordinal);
        try
        {
            await WorkAsync(inHand, claim, atOnce, subjects, idle, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
        finally
        {
            await Task.WhenAll(inHand.Values);
        }
    }

    async Task WorkAsync(
        Dictionary<string, Task> inHand, Func<int, DateTimeOffset, Task<ImmutableArray<ClaimedDelivery>>> claim, int atOnce, string[] subjects, TimeSpan idle, CancellationToken stoppingToken)
    {
        var rest = look;
        while (!stoppingToken.IsCancellationRequested)
        {
            var woken = Task.WhenAny(subjects.Select(signals.NextAsync));
            try
            {
                var claimedAt = time.GetTimestamp();
                var claimed = await claim(atOnce - inHand.Count, time.GetUtcNow());
                DatabaseIsBack();
                rest = look;
                foreach (var person in claimed.GroupBy(delivery => delivery.Fingerprint, StringComparer.Ordinal))
                {
                    inHand[person.Key] = HandOverAsync(inHand.GetValueOrDefault(person.Key, Task.CompletedTask), [.. person], claimedAt, stoppingToken);
                }

                if (claimed.IsEmpty)
                {
                    await Task.WhenAny(woken, Task.Delay(idle, time, stoppingToken));
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                DatabaseIsAway(exception);
                await Task.Delay(rest, time, stoppingToken);
                rest = rest * 2 < longestRest ? rest * 2 : longestRest;
            }

            // A claim costs as much for one as for many: half the hands are free before the next.
            Forget(inHand);
            while (inHand.Count > atOnce / 2)
            {
                await Task.WhenAny(inHand.Values);
                Forget(inHand);
            }
        }
    }

    static void Forget(Dictionary<string, Task> inHand)
    {
        foreach (var (person, _) in inHand.Where(pair => pair.Value.IsCompleted).ToList())
        {
            inHand.Remove(person);
        }
    }

    async Task HandOverAsync(Task before, ImmutableArray<ClaimedDelivery> claimed, long claimedAt, CancellationToken stoppingToken)
    {
        await before;
        foreach (var delivery in claimed)
        {
            await handover.RunAsync(delivery, claimedAt, stoppingToken);
        }
    }

    void DatabaseIsAway(Exception exception)
    {
        if (Interlocked.Exchange(ref isDatabaseAway, 1) == 0)
        {
            Log.Away(logger, exception);
        }
    }

    void DatabaseIsBack()
    {
        if (Interlocked.Exchange(ref isDatabaseAway, 0) == 1)
        {
            Log.Back(logger);
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Nothing can be handed over at present; it waits.")]
        internal static partial void Away(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Information, Message = "Deliveries are handed over again.")]
        internal static partial void Back(ILogger logger);
    }
}
