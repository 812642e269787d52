using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Semantics;

/// <summary>Has the phrasings learnt after the start, and tries models that failed until they answer again. Nobody waits for it.</summary>
public sealed partial class SemanticsWorker(
    SemanticRanker ranker, EngineSource engines, IOptions<SemanticsOptions> options, TimeProvider time, ILogger<SemanticsWorker> logger) : BackgroundService
{
    const int LongestRest = 64;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!ranker.IsOn)
        {
            return;
        }

        try
        {
            await Task.WhenAll(LearnAsync(stoppingToken), WatchAsync(ranker.EmbeddingBreaker, stoppingToken), WatchAsync(ranker.ChatBreaker, stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    async Task LearnAsync(CancellationToken stoppingToken)
    {
        var library = engines.Current.Library;
        for (var rest = options.Value.Rest; !await WorksAsync(token => ranker.LearnAsync(library, token), stoppingToken); rest = Longer(rest))
        {
            await Task.Delay(rest, time, stoppingToken);
        }
    }

    async Task WatchAsync(ModelBreaker breaker, CancellationToken stoppingToken)
    {
        var rest = options.Value.Rest;
        var mended = time.GetTimestamp();
        while (true)
        {
            await breaker.WaitUntilBrokenAsync(stoppingToken);

            // One that breaks again at once is left alone for longer each time.
            rest = time.GetElapsedTime(mended) > rest ? options.Value.Rest : Longer(rest);
            do
            {
                await Task.Delay(rest, time, stoppingToken);
                rest = Longer(rest);
            }
            while (!await WorksAsync(token => ProbeAsync(breaker, token), stoppingToken));

            breaker.Mend();
            mended = time.GetTimestamp();
        }
    }

    async Task ProbeAsync(ModelBreaker breaker, CancellationToken stoppingToken)
    {
        using var limit = new CancellationTokenSource(options.Value.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stoppingToken);
        await ranker.ProbeAsync(breaker, either.Token).WaitAsync(either.Token);
    }

    async Task<bool> WorksAsync(Func<CancellationToken, Task> ask, CancellationToken stoppingToken)
    {
        try
        {
            await ask(stoppingToken);
            return true;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // Whatever a stranger's server does, it is tried again later.
            Log.StillAway(logger, exception.GetType().Name);
            return false;
        }
    }

    TimeSpan Longer(TimeSpan rest) => rest * 2 > options.Value.Rest * LongestRest ? options.Value.Rest * LongestRest : rest * 2;

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A language model does not answer as it should ({Failure}); it is tried again later.")]
        internal static partial void StillAway(ILogger logger, string failure);
    }
}
