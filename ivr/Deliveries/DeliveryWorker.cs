using System.Collections.Immutable;
using System.Data.Common;
using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Signals;

namespace SupportBot.Ivr.Deliveries;

/// <summary>Takes texts out of the outbox and hands them to the carrier, each once. Any number of workers may run on one database.</summary>
/// <remarks>
/// The attempt is committed before the carrier is called and no transaction is open meanwhile. A worker that dies between the two leaves the text
/// <see cref="DeliveryState.Attempting"/>: it may have been sent, so nobody sends it again, and the carrier's status callback settles it.
/// </remarks>
public sealed partial class DeliveryWorker(
    DeliveryStore deliveries,
    ICarrier carrier,
    IOptions<TwilioOptions> options,
    PublicUrl publicUrl,
    ISignals signals,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<DeliveryWorker> logger) : BackgroundService
{
    const int AtOnce = 8;

    static readonly TimeSpan look = TimeSpan.FromSeconds(1);
    static readonly TimeSpan longestRest = TimeSpan.FromSeconds(30);

    int isDatabaseAway;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await lifetime.IsStartedAsync(stoppingToken))
        {
            return;
        }

        // By person, so that two texts to one keep their order and a slow answer about one does not hold up another.
        var inHand = new Dictionary<string, Task>(StringComparer.Ordinal);
        try
        {
            await WorkAsync(inHand, stoppingToken);
        }
        finally
        {
            await Task.WhenAll(inHand.Values);
        }
    }

    async Task WorkAsync(Dictionary<string, Task> inHand, CancellationToken stoppingToken)
    {
        var rest = look;
        while (!stoppingToken.IsCancellationRequested)
        {
            var woken = signals.NextAsync(DeliveryStore.Signal);
            try
            {
                var claimed = await deliveries.ClaimAsync(AtOnce - inHand.Count, time.GetUtcNow(), stoppingToken);
                DatabaseIsBack();
                rest = look;
                foreach (var texts in claimed.GroupBy(delivery => delivery.Fingerprint, StringComparer.Ordinal))
                {
                    inHand[texts.Key] = HandOverAsync(inHand.GetValueOrDefault(texts.Key, Task.CompletedTask), [.. texts], stoppingToken);
                }

                if (claimed.IsEmpty)
                {
                    await Task.WhenAny(woken, Task.Delay(look, time, stoppingToken));
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                DatabaseIsAway(exception);
                await Task.Delay(rest, time, stoppingToken);
                rest = Longer(rest);
            }

            if (inHand.Count == AtOnce)
            {
                await Task.WhenAny(inHand.Values);
            }

            foreach (var (person, _) in inHand.Where(pair => pair.Value.IsCompleted).ToList())
            {
                inHand.Remove(person);
            }
        }
    }

    async Task HandOverAsync(Task before, ImmutableArray<ClaimedDelivery> texts, CancellationToken stoppingToken)
    {
        await before;
        foreach (var text in texts)
        {
            try
            {
                await HandOverAsync(text, stoppingToken);
            }
            catch (Exception exception)
            {
                Log.Failed(logger, text.Id, exception);
            }
        }
    }

    async Task HandOverAsync(ClaimedDelivery delivery, CancellationToken stoppingToken)
    {
        if (stoppingToken.IsCancellationRequested)
        {
            await RecordAsync(() => deliveries.PostponeAsync(delivery.Id, time.GetUtcNow(), CancellationToken.None), stoppingToken);
            return;
        }

        // What is in hand is finished even when the host stops: the attempt is recorded already.
        var answer = await SendAsync(delivery);
        var now = time.GetUtcNow();
        switch (answer)
        {
            case CarrierAnswer.Accepted accepted:
                await RecordAsync(() => deliveries.RecordAsync(delivery.Id, DeliveryState.Sent, accepted.Sid, errorCode: null, now, CancellationToken.None), stoppingToken);
                break;
            case CarrierAnswer.Refused refused:
                Log.Refused(logger, delivery.Id, refused.ErrorCode);
                await RecordAsync(
                    () => deliveries.RecordAsync(delivery.Id, DeliveryState.Undeliverable, carrierSid: null, refused.ErrorCode, now, CancellationToken.None), stoppingToken);
                break;
            case CarrierAnswer.Busy busy:
                await RecordAsync(() => deliveries.PostponeAsync(delivery.Id, now + busy.RetryAfter, CancellationToken.None), stoppingToken);
                break;
            case CarrierAnswer.Unknown:
                break;
            case null:
                await RecordAsync(
                    () => deliveries.RecordAsync(delivery.Id, DeliveryState.Undeliverable, carrierSid: null, errorCode: null, now, CancellationToken.None), stoppingToken);
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Null when the row was sealed with another key file.</summary>
    async Task<CarrierAnswer?> SendAsync(ClaimedDelivery delivery)
    {
        try
        {
            var (to, body) = deliveries.Open(delivery);
            var from = options.Value.From is { Length: > 0 } ours ? ours : SimulatedCarrier.OurNumber;
            return await carrier.SendTextAsync(new(delivery.Id, to, from, body, $"{publicUrl.Value}/twilio/deliveries/{delivery.Id}/status"), CancellationToken.None);
        }
        catch (CryptographicException exception)
        {
            Log.Unreadable(logger, delivery.Id, exception);
            return null;
        }
    }

    async Task RecordAsync(Func<Task> record, CancellationToken stoppingToken)
    {
        for (var rest = look; ; rest = Longer(rest))
        {
            try
            {
                await record();
                DatabaseIsBack();
                return;
            }
            catch (DbException exception) when (!stoppingToken.IsCancellationRequested)
            {
                DatabaseIsAway(exception);
                await Task.WhenAny(Task.Delay(rest, time, stoppingToken));
            }
        }
    }

    static TimeSpan Longer(TimeSpan rest) => rest * 2 < longestRest ? rest * 2 : longestRest;

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
        [LoggerMessage(Level = LogLevel.Warning, Message = "The carrier refused {Delivery} with {Code}.")]
        internal static partial void Refused(ILogger logger, string delivery, int code);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Delivery} was sealed with another key file and cannot be sent.")]
        internal static partial void Unreadable(ILogger logger, string delivery, Exception exception);

        [LoggerMessage(Level = LogLevel.Error, Message = "What came of {Delivery} could not be recorded; a status callback may still tell.")]
        internal static partial void Failed(ILogger logger, string delivery, Exception exception);

        [LoggerMessage(Level = LogLevel.Error, Message = "Texts cannot be handed over at present; they wait.")]
        internal static partial void Away(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Information, Message = "Texts are handed over again.")]
        internal static partial void Back(ILogger logger);
    }
}
