using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Notices;
using SupportBot.Knowledge.Signals;

namespace SupportBot.Ivr.Notices;

/// <summary>Posts notices to their owners' webhooks, signed as Standard Webhooks has it, until one is answered with success.</summary>
public sealed partial class OwnerNoticeWorker(
    OwnerNoticeStore notices, IHttpClientFactory clients, IOptions<OwnerOptions> owners, ISignals signals, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<OwnerNoticeWorker> logger) : BackgroundService
{
    /// <summary>Name of the HTTP client.</summary>
    public const string Client = "owners";

    static readonly TimeSpan look = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (owners.Value.Count == 0 || !await lifetime.IsStartedAsync(stoppingToken))
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            var hadWork = false;
            var woken = signals.NextAsync(OwnerNoticeStore.Signal);
            try
            {
                if (await notices.ClaimAsync(time.GetUtcNow(), stoppingToken) is { } notice)
                {
                    hadWork = true;
                    await SendAsync(notice, stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                Log.PutOff(logger, exception.GetType().Name);
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

    async Task SendAsync(OwnerNotice notice, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (owners.Value.TryGetValue(notice.Owner, out var owner) && await IsTakenAsync(notice, owner, now, cancellationToken))
        {
            await notices.DoneAsync(notice, cancellationToken);
        }
        else if (!await notices.FailedAsync(notice, time.GetUtcNow(), cancellationToken))
        {
            Log.GivenUp(logger, notice.Id, notice.Owner, notice.Tries);
        }
    }

    async Task<bool> IsTakenAsync(OwnerNotice notice, OwnerWebhook owner, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, owner.WebhookUrl);
        request.Content = new StringContent(notice.Body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        foreach (var (name, value) in WebhookSignature.HeadersOf(notice.Id, now, notice.Body, owner.WebhookSecret))
        {
            request.Headers.Add(name, value);
        }

        try
        {
            using var answer = await clients.CreateClient(Client).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                Log.Refused(logger, notice.Id, notice.Owner, (int)answer.StatusCode);
            }

            return answer.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Log.Unreachable(logger, notice.Id, notice.Owner, exception.GetType().Name);
            return false;
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Notices to owners are put off ({Kind}).")]
        internal static partial void PutOff(ILogger logger, string kind);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Notice {Id} was refused by {Owner} with status {Status}; it is tried again.")]
        internal static partial void Refused(ILogger logger, string id, string owner, int status);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Notice {Id} did not reach {Owner} ({Kind}); it is tried again.")]
        internal static partial void Unreachable(ILogger logger, string id, string owner, string kind);

        [LoggerMessage(Level = LogLevel.Error, Message = "Notice {Id} was not taken by {Owner} in {Tries} tries and is given up.")]
        internal static partial void GivenUp(ILogger logger, string id, string owner, int tries);
    }
}
