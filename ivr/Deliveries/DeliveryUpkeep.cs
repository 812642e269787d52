using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Limits;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Signals;

namespace SupportBot.Ivr.Deliveries;

/// <summary>What is due without anybody asking: the next channel, look-ups at the carrier, codes that expire, reminders, alarms.</summary>
public sealed partial class DeliveryUpkeep(
    DeliveryPlanner planner,
    DeliveryStore deliveries,
    PasscodeStore passcodes,
    LimitStore limits,
    CarrierHealth health,
    ICarrier carrier,
    EngineSource engines,
    ISignals signals,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<DeliveryUpkeep> logger) : BackgroundService
{
    const int AtOnce = 100;

    static readonly TimeSpan look = TimeSpan.FromSeconds(1);
    static readonly TimeSpan tidy = TimeSpan.FromSeconds(30);
    static readonly TimeSpan forget = TimeSpan.FromHours(1);

    string outage = "";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await lifetime.IsStartedAsync(stoppingToken))
        {
            return;
        }

        var (tidied, forgotten) = (DateTimeOffset.MinValue, time.GetUtcNow());
        while (!stoppingToken.IsCancellationRequested)
        {
            var hadWork = false;
            var woken = signals.NextAsync(DeliveryPlanner.Signal);
            try
            {
                hadWork = await planner.RunAsync(stoppingToken) > 0;
                hadWork |= await LookUpAsync(stoppingToken);
                var now = time.GetUtcNow();
                if ((now - tidied).Duration() >= tidy)
                {
                    tidied = now;
                    await TidyAsync(now, stoppingToken);
                }

                if ((now - forgotten).Duration() >= forget)
                {
                    forgotten = now;
                    await limits.ForgetAsync(now, stoppingToken);
                    await passcodes.ForgetAnswersAsync(now, stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, exception.GetType().Name);
                hadWork = false;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            if (!hadWork)
            {
                await Task.WhenAny(woken, Task.Delay(look, time, stoppingToken));
            }
        }
    }

    async Task TidyAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var library = engines.Current.Library;
        while (await passcodes.ExpireAsync(AtOnce, library, now, cancellationToken) == AtOnce)
        {
        }

        while (await passcodes.RemindAsync(AtOnce, library, now, cancellationToken) == AtOnce)
        {
        }

        if (await limits.LookAsync(cancellationToken))
        {
            Log.FewAreUsed(logger, limits.Share.Used, limits.Share.Issued);
        }

        var away = DeliveryChannels.Names((await health.OutAsync(cancellationToken)).Order());
        if (away != outage)
        {
            outage = away;
            Log.Outage(logger, away.Length == 0 ? "none" : away);
        }
    }

    /// <summary>Asks the carrier about one attempt that it never answered, or never reported on. False when there is none.</summary>
    async Task<bool> LookUpAsync(CancellationToken cancellationToken)
    {
        if (await deliveries.ClaimLookUpAsync(time.GetUtcNow(), cancellationToken) is not { } attempt)
        {
            return false;
        }

        var findings = await carrier.LookUpAsync(attempt, cancellationToken);
        if (findings is { IsEmpty: false } found)
        {
            var known = attempt.Sid is null ? await deliveries.KnownSidsAsync(attempt.Fingerprint, cancellationToken) : [];
            var ours = found.FirstOrDefault(finding => attempt.Sid is { } sid ? finding.Sid == sid : !known.Contains(finding.Sid));
            if (ours is not null && DeliveriesApi.ReceiptOf(ours.Status) is { } receipt)
            {
                await deliveries.RecordAsync(attempt.Attempt, receipt.State, ours.Sid, ours.ErrorCode, time.GetUtcNow(), cancellationToken, receipt.Reason);
            }
        }

        return true;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Upkeep of deliveries is put off ({Kind}).")]
        internal static partial void Failed(ILogger logger, string kind);

        [LoggerMessage(Level = LogLevel.Critical, Message = "Only {Used} of {Issued} security codes of the last hour were used. Limits per range and country are tightened: look for traffic pumping.")]
        internal static partial void FewAreUsed(ILogger logger, int used, int issued);

        [LoggerMessage(Level = LogLevel.Error, Message = "Channels that count as out now: {Channels}.")]
        internal static partial void Outage(ILogger logger, string channels);
    }
}
