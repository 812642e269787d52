using System.Collections.Immutable;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Benchmarks;

/// <summary>The ranker beside other engines on public intent sets: same files, one go. Run from the root of the working copy.</summary>
static class IntentsBenchmark
{
    /// <summary>As <c>supportbot knowledge benchmark</c> takes it.</summary>
    const double ExpectedShare = 0.2;

    static readonly ImmutableArray<IntentFiles> sets =
    [
        new("BANKING77", Named("banking77_train"), [], Named("banking77_test")),
        new("CLINC150", Named("clinc150_train"), Named("clinc150_val", "clinc150_oos_val"), Named("clinc150_test", "clinc150_oos_test")),
    ];

    internal static async Task RunAsync()
    {
        await Report.WriteRowAsync(
            $"set", $"system", $"in scope", $"in scope at threshold", $"oos precision", $"oos recall", $"oos F1", $"training s", $"MB", $"ms p50", $"ms p99");
        await Report.Output.WriteLineAsync("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var set in sets)
        {
            var (train, validate, test) = (await IntentFiles.ReadAsync(set.Train), await IntentFiles.ReadAsync(set.Validate), await IntentFiles.ReadAsync(set.Test));
            await WriteAsync(set, "SupportBot ranker", IntentRun.OfRanker(train, validate, test));
            await WriteAsync(set, "SQLite FTS5 bm25, a row a label", FullTextIndex.Run(train, validate, test, byLabel: true));
            await WriteAsync(set, "SQLite FTS5 bm25, a row a message", FullTextIndex.Run(train, validate, test, byLabel: false));
            if (await NodePeer.RunAsync(set, validate, test) is { } peer)
            {
                await WriteAsync(set, "NLP.js, shuffled", peer);
            }
        }
    }

    static ImmutableArray<string> Named(params string[] names) => [.. names.Select(name => Path.Combine("tests", "data", $"{name}.tsv"))];

    static Task WriteAsync(IntentFiles set, string system, IntentRun run)
    {
        var scores = IntentScores.Of(run.Validation, run.Test, ExpectedShare);
        return Report.WriteRowAsync(
            $"{set.Name}", $"{system}", Percent(scores.InScope), Percent(scores.Threshold is null ? null : scores.InScopeAtThreshold), Percent(scores.Precision), Percent(scores.Recall),
            scores.F1 is null ? (FormattableString)$"" : $"{scores.F1:0.000}", $"{run.TrainingSeconds:0.00}", $"{run.Megabytes:0.0}",
            $"{Report.Percentile(run.Milliseconds, 0.5):0.000}", $"{Report.Percentile(run.Milliseconds, 0.99):0.000}");
    }

    static FormattableString Percent(double? share) => share is null ? (FormattableString)$"" : $"{share * 100:0.0}";
}
