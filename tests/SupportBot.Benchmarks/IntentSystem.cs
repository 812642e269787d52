using System.Collections.Immutable;
using System.Diagnostics;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Benchmarks;

/// <summary>The files of an intent set.</summary>
sealed record IntentFiles(string Name, ImmutableArray<string> Train, ImmutableArray<string> Validate, ImmutableArray<string> Test)
{
    internal static async Task<List<IntentMessage>> ReadAsync(ImmutableArray<string> paths)
    {
        var messages = new List<IntentMessage>();
        foreach (var path in paths)
        {
            messages.AddRange(await IntentMessage.ReadAsync(path, CancellationToken.None));
        }

        return messages;
    }
}

/// <summary>What a system made of an intent set.</summary>
/// <param name="Validation">Its guesses on the validation files.</param>
/// <param name="Test">Its guesses on the test files.</param>
/// <param name="TrainingSeconds">From the texts to the first guess.</param>
/// <param name="Megabytes">What the trained system holds.</param>
/// <param name="Milliseconds">Of each test message, sorted.</param>
sealed record IntentRun(List<IntentGuess> Validation, List<IntentGuess> Test, double TrainingSeconds, double Megabytes, double[] Milliseconds)
{
    const int WarmUp = 1_000;

    /// <summary>Times a system that lives in this process.</summary>
    internal static IntentRun Of(List<IntentMessage> validate, List<IntentMessage> test, double trainingSeconds, double megabytes, Func<IntentMessage, IntentGuess> guess)
    {
        foreach (var message in test.Take(WarmUp))
        {
            guess(message);
        }

        var validation = validate.ConvertAll(message => guess(message));
        var milliseconds = new double[test.Count];
        var tested = new List<IntentGuess>(test.Count);
        for (var number = 0; number < test.Count; number++)
        {
            var began = Stopwatch.GetTimestamp();
            tested.Add(guess(test[number]));
            milliseconds[number] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        Array.Sort(milliseconds);
        return new(validation, tested, trainingSeconds, megabytes, milliseconds);
    }

    /// <summary>The ranker of the service.</summary>
    internal static IntentRun OfRanker(List<IntentMessage> train, List<IntentMessage> validate, List<IntentMessage> test)
    {
        var began = Stopwatch.GetTimestamp();
        var ranker = new IntentRanker(train);
        return Of(validate, test, Stopwatch.GetElapsedTime(began).TotalSeconds, ranker.Bytes / 1e6, ranker.Guess);
    }
}
