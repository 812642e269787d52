using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Ivr.Letters;

/// <summary>Makes the batch every night.</summary>
public sealed partial class LetterNight(LetterPrinter printer, EngineSource engines, IOptions<PostalOptions> options, TimeProvider time, ILogger<LetterNight> logger) : BackgroundService
{
    static readonly TimeSpan look = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Nightly)
        {
            return;
        }

        var printedOn = PrintDay();
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAny(Task.Delay(look, time, stoppingToken));
            if (PrintDay() is var day && day > printedOn && !stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await printer.RunAsync(engines.Current.Library, stoppingToken);
                    printedOn = day;
                }
                catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
                {
                    Log.Failed(logger, exception);
                }
            }
        }
    }

    /// <summary>The last day whose hour of printing is past.</summary>
    DateOnly PrintDay() => DateOnly.FromDateTime((time.GetUtcNow() - options.Value.PrintAt).UtcDateTime);

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The nightly letters could not be printed; it is tried again in a minute.")]
        internal static partial void Failed(ILogger logger, Exception exception);
    }
}
