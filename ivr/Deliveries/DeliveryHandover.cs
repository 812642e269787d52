using System.Data.Common;
using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Signals;

namespace SupportBot.Ivr.Deliveries;

/// <summary>Hands one claimed delivery to whoever carries it, and records what came of it.</summary>
/// <remarks>
/// The attempt is committed before, and no transaction is open meanwhile. A worker that dies between the two leaves the delivery
/// <see cref="DeliveryState.Attempting"/>: it may have been sent, so nobody sends it again, and a status callback or a look-up settles it.
/// </remarks>
public sealed partial class DeliveryHandover(
    DeliveryStore deliveries,
    ICarrier carrier,
    EmailCarrier email,
    EngineSource engines,
    IOptions<TwilioOptions> options,
    PublicUrl publicUrl,
    ISignals signals,
    TimeProvider time,
    ILogger<DeliveryHandover> logger)
{
    /// <summary>
    /// What has been in hand for longer was held up (a stopped process, a long queue), and is put back: the answer to a STOP is not held for longer than
    /// five seconds, and nothing may go out after it.
    /// </summary>
    static readonly TimeSpan longestInHand = TimeSpan.FromSeconds(4);

    static readonly TimeSpan pause = TimeSpan.FromSeconds(1);
    static readonly TimeSpan longestPause = TimeSpan.FromSeconds(30);
    static readonly TimeSpan lifeOfAnswers = TimeSpan.FromHours(4);

    /// <summary>Our number in messages and calls.</summary>
    string From => options.Value.From is { Length: > 0 } ours ? ours : SimulatedCarrier.OurNumber;

    /// <param name="claimedAt">Timestamp from before the claim.</param>
    public async Task RunAsync(ClaimedDelivery delivery, long claimedAt, CancellationToken stoppingToken)
    {
        try
        {
            if (stoppingToken.IsCancellationRequested || time.GetElapsedTime(claimedAt) > longestInHand)
            {
                await RecordAsync(() => deliveries.PostponeAsync(delivery.Attempt, time.GetUtcNow(), errorCode: null, CancellationToken.None), stoppingToken);
                return;
            }

            // What is in hand is finished even when the host stops: the attempt is recorded already.
            var answer = await SendAsync(delivery);
            await RecordAsync(delivery, answer, stoppingToken);
        }
        catch (Exception exception)
        {
            Log.Failed(logger, delivery.Attempt, exception);
        }
        finally
        {
            signals.Raise(DeliveryStore.SettledSignal(delivery.Fingerprint));
        }
    }

    async Task RecordAsync(ClaimedDelivery delivery, CarrierAnswer answer, CancellationToken stoppingToken)
    {
        var now = time.GetUtcNow();
        var reason = delivery.Channel == DeliveryChannel.Email ? DeliveryReasons.AddressRefused : null;
        Func<Task> record = answer switch
        {
            CarrierAnswer.Accepted accepted => () => deliveries.RecordAsync(delivery.Attempt, DeliveryState.Sent, accepted.Sid, errorCode: null, now, CancellationToken.None),
            CarrierAnswer.Refused refused => () =>
            {
                Log.Refused(logger, delivery.Attempt, refused.ErrorCode);
                int? code = reason is null && refused.ErrorCode > 0 ? refused.ErrorCode : null;
                return deliveries.RecordAsync(delivery.Attempt, DeliveryState.Undeliverable, carrierSid: null, code, now, CancellationToken.None, reason);
            },
            CarrierAnswer.Busy busy => () => deliveries.PostponeAsync(delivery.Attempt, now + busy.RetryAfter, errorCode: null, CancellationToken.None),
            CarrierAnswer.Unknown => () => deliveries.RecordAsync(
                delivery.Attempt, DeliveryState.Unknown, carrierSid: null, errorCode: null, now, CancellationToken.None, DeliveryReasons.Unconfirmed),
            _ => throw new UnreachableException(),
        };
        await RecordAsync(record, stoppingToken);
        if (answer is CarrierAnswer.Refused)
        {
            signals.Raise(DeliveryPlanner.Signal);
        }
    }

    async Task<CarrierAnswer> SendAsync(ClaimedDelivery delivery)
    {
        try
        {
            var now = time.GetUtcNow();
            var status = $"{publicUrl.Value}/twilio/deliveries/{delivery.Attempt}/status";
            return deliveries.Open(delivery, engines.Current.Library, now) switch
            {
                Outbound.Text text => await carrier.SendTextAsync(
                    new(delivery.Attempt, text.To, From, text.Body, status, delivery.LifeUntil is { } until ? until - now : lifeOfAnswers), CancellationToken.None),
                Outbound.Call call => await carrier.PlaceCallAsync(
                    new(delivery.Attempt, call.To, From, $"{publicUrl.Value}/twilio/voice/passcode/{delivery.Attempt}", $"{publicUrl.Value}/twilio/voice/fallback", status),
                    CancellationToken.None),
                Outbound.Email message => await email.SendAsync(delivery.Attempt, message, CancellationToken.None),
                Outbound.Letter => throw new InvalidOperationException("Letters are printed, not sent."),
                null => new CarrierAnswer.Refused(0),
                _ => throw new UnreachableException(),
            };
        }
        catch (CryptographicException exception)
        {
            Log.Unreadable(logger, delivery.Attempt, exception);
            return new CarrierAnswer.Refused(0);
        }
    }

    async Task RecordAsync(Func<Task> record, CancellationToken stoppingToken)
    {
        for (var rest = pause; ; rest = rest * 2 < longestPause ? rest * 2 : longestPause)
        {
            try
            {
                await record();
                return;
            }
            catch (DbException exception) when (!stoppingToken.IsCancellationRequested)
            {
                Log.NotRecorded(logger, exception.GetType().Name);
                await Task.WhenAny(Task.Delay(rest, time, stoppingToken));
            }
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Attempt} was refused with {Code}.")]
        internal static partial void Refused(ILogger logger, string attempt, int code);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Attempt} was sealed with another key file and cannot be sent.")]
        internal static partial void Unreadable(ILogger logger, string attempt, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "What came of an attempt cannot be recorded yet ({Kind}); it is tried again.")]
        internal static partial void NotRecorded(ILogger logger, string kind);

        [LoggerMessage(Level = LogLevel.Error, Message = "What came of {Attempt} could not be recorded; a status callback or a look-up may still tell.")]
        internal static partial void Failed(ILogger logger, string attempt, Exception exception);
    }
}
