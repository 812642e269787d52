namespace SupportBot.Ivr.Carriers;

/// <summary>Reports on every text that the simulated carrier took, <c>sent</c> then <c>delivered</c>, at its status callback.</summary>
public sealed partial class SimulatedReceipts(
    SimulatedCarrier carrier, OwnWebhooks webhooks, IHostApplicationLifetime lifetime, ILogger<SimulatedReceipts> logger) : BackgroundService
{
    const int AtOnce = 4;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await lifetime.IsStartedAsync(stoppingToken))
        {
            return;
        }

        await Parallel.ForEachAsync(
            carrier.ReceiptsAsync(stoppingToken),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken },
            async (receipt, cancellationToken) =>
            {
                await ReportAsync(receipt, "sent", cancellationToken);
                await ReportAsync(receipt, "delivered", cancellationToken);
            });
    }

    async Task ReportAsync(SimulatedReceipt receipt, string status, CancellationToken cancellationToken)
    {
        carrier.SetStatus(receipt.Sid, status);
        try
        {
            using var answer = await webhooks.PostAsync(
                receipt.Text.StatusCallback,
                [
                    new("AccountSid", SimulatedCarrier.AccountSid),
                    new("ApiVersion", "2010-04-01"),
                    new("From", receipt.Text.From),
                    new("MessageSid", receipt.Sid),
                    new("MessageStatus", status),
                    new("SmsSid", receipt.Sid),
                    new("SmsStatus", status),
                    new("To", receipt.Text.To.Value),
                ],
                cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                Log.NotTaken(logger, receipt.Text.Attempt, status, (int)answer.StatusCode);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // As with the real carrier: a status callback that finds nobody is not repeated.
            Log.NotReached(logger, receipt.Text.Attempt, status, exception.GetType().Name);
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The simulated receipt {Status} for {Delivery} was answered with {Code}.")]
        internal static partial void NotTaken(ILogger logger, string delivery, string status, int code);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The simulated receipt {Status} for {Delivery} reached nobody ({Kind}).")]
        internal static partial void NotReached(ILogger logger, string delivery, string status, string kind);
    }
}
