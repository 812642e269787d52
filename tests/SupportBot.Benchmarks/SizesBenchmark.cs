using System.Collections.Immutable;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Benchmarks;

/// <summary>What more phrasings cost: CLINC150, thinned out, or multiplied by joining halves of messages of a label. Run from the root of the working copy.</summary>
static class SizesBenchmark
{
    static readonly ImmutableArray<int> sizes = [1_000, 2_500, 5_000, 10_000, 15_000, 25_000, 50_000, 100_000];

    internal static async Task RunAsync()
    {
        var train = await IntentFiles.ReadAsync([Path.Combine("tests", "data", "clinc150_train.tsv")]);
        var test = await IntentFiles.ReadAsync([Path.Combine("tests", "data", "clinc150_test.tsv")]);

        // The runtime's own start is no part of any size.
        IntentRun.OfRanker(OfSize(train, 5_000), [], test);
        await Report.WriteRowAsync($"phrasings", $"load s", $"MB", $"ms p50", $"ms p99", $"right");
        await Report.Output.WriteLineAsync("|---|---|---|---|---|---|");
        foreach (var size in sizes)
        {
            var run = IntentRun.OfRanker(OfSize(train, size), [], test);
            await Report.WriteRowAsync(
                $"{size:N0}", $"{run.TrainingSeconds:0.00}", $"{run.Megabytes:0.0}", $"{Report.Percentile(run.Milliseconds, 0.5):0.000}", $"{Report.Percentile(run.Milliseconds, 0.99):0.000}",
                $"{run.Test.Count(guess => guess.IsRight) * 100.0 / run.Test.Count:0.0}");
        }
    }

    static List<IntentMessage> OfSize(List<IntentMessage> messages, int size)
    {
        if (size <= messages.Count)
        {
            return [.. Enumerable.Range(0, size).Select(number => messages[(int)((long)number * messages.Count / size)])];
        }

        var joined = new List<IntentMessage>(messages);
        var byLabel = messages.GroupBy(message => message.Label, StringComparer.Ordinal).Select(group => group.ToArray()).ToArray();
        ulong state = 0x9E3779B97F4A7C15;
        while (joined.Count < size)
        {
            var ofLabel = byLabel[joined.Count % byLabel.Length];
            var first = ofLabel[Next(ofLabel.Length)].Text.Split(' ');
            var second = ofLabel[Next(ofLabel.Length)].Text.Split(' ');
            joined.Add(new(string.Join(' ', [.. first[..((first.Length + 1) / 2)], .. second[(second.Length / 2)..]]), ofLabel[0].Label));
        }

        return joined;

        // A fixed xorshift: every run measures the same texts.
        int Next(int below)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            return (int)(state % (ulong)below);
        }
    }
}
