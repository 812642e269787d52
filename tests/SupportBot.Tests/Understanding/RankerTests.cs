using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Understanding;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Understanding;

/// <summary>The ranker of the service on intent sets of others, where nobody could have fitted the words.</summary>
public sealed class RankerTests(ITestOutputHelper output)
{
    const double ExpectedShare = 0.2;

    [Fact]
    public async Task Two_trainings_give_the_same_scores_bit_for_bit()
    {
        var learnt = (await ReadAsync("banking77_train")).Where((_, number) => number % 4 == 0).ToList();
        var asked = await ReadAsync("banking77_test");
        var (first, second) = (new IntentRanker(learnt), new IntentRanker(learnt));

        Assert.Equal(asked.Select(first.Guess), asked.Select(second.Guess));
    }

    [Fact]
    public void Another_start_learns_the_same_from_the_content_that_ships()
    {
        var pack = ContentLoader.Load(ContentLoader.DefaultFolder)[Language.Es];

        // What another start changes: the order in which a dictionary of strings gives its keys.
        var shaken = pack with { Lexicon = pack.Lexicon with { Concepts = pack.Lexicon.Concepts.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase) } };
        var watch = Stopwatch.StartNew();
        var (first, second) = (new Ranker(pack), new Ranker(shaken));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"learnt in {watch.Elapsed.TotalSeconds / 2:0.00} s, {first.Bytes / 1e6:0.0} MB"));

        var asked = pack.OrderedEntries.SelectMany(entry => entry.Phrasings).Select(Passages.Of).ToList();
        Assert.Equal(asked.SelectMany(message => first.Rank(message, Agency.Unknown).Candidates), asked.SelectMany(message => second.Rank(message, Agency.Unknown).Candidates));
    }

    [Fact]
    public async Task Many_threads_get_the_scores_that_one_gets()
    {
        var ranker = new IntentRanker((await ReadAsync("banking77_train")).Where((_, number) => number % 4 == 0));
        var asked = await ReadAsync("banking77_test");

        var together = asked.AsParallel().AsOrdered().WithDegreeOfParallelism(8).Select(ranker.Guess).ToList();

        Assert.Equal(asked.Select(ranker.Guess), together);
    }

    [Fact]
    public async Task Questions_to_a_bank_find_their_intent()
    {
        var ranker = Trained(await ReadAsync("banking77_train"));

        var scores = IntentScores.Of([], Guessed(ranker, await ReadAsync("banking77_test")), ExpectedShare);

        output.WriteLine($"{scores}");
        Assert.True(scores.InScope >= 0.915, $"in scope {scores.InScope}");
        Assert.Null(scores.Threshold);
    }

    [Fact]
    public async Task Messages_that_no_intent_fits_are_told_from_the_others()
    {
        var ranker = Trained(await ReadAsync("clinc150_train"));
        var validation = Guessed(ranker, [.. await ReadAsync("clinc150_val"), .. await ReadAsync("clinc150_oos_val")]);

        var scores = IntentScores.Of(validation, Guessed(ranker, [.. await ReadAsync("clinc150_test"), .. await ReadAsync("clinc150_oos_test")]), ExpectedShare);

        output.WriteLine($"{scores}");
        Assert.True(scores.InScope >= 0.925, $"in scope {scores.InScope}");
        Assert.True(scores.F1 >= 0.75, $"F1 {scores.F1}");
    }

    [Fact]
    public void A_message_of_unknown_words_or_none_is_still_ranked()
    {
        var ranker = new IntentRanker([new("where is my card", "card"), new("what is my balance", "balance")]);

        Assert.All((string[])["", "zzz", "?!", new string('x', 9_000), "card\0card"], text => Assert.True(double.IsFinite(ranker.Guess(new(text, "card")).Score), text));
        Assert.Equal("balance", ranker.Guess(new("my balance please", "balance")).Guessed);
    }

    [Fact]
    public void The_threshold_rejects_what_validation_says_is_out_of_scope()
    {
        ImmutableArray<IntentGuess> guesses =
        [
            new(new("a", "x"), "x", 0.9), new(new("b", "x"), "y", 0.8), new(new("c", "y"), "y", 0.3),
            new(new("d", IntentMessage.OutOfScope), "x", 0.2), new(new("e", IntentMessage.OutOfScope), "x", 0.1),
        ];

        var scores = IntentScores.Of(guesses, guesses, ExpectedShare);

        Assert.Equal(0.25, scores.Threshold!.Value, precision: 6);
        Assert.Equal((2.0 / 3, 2.0 / 3, 0.8), (scores.InScope!.Value, scores.InScopeAtThreshold!.Value, scores.Accuracy));
        Assert.Equal((1, 1, 1), (scores.Precision, scores.Recall, scores.F1));
    }

    [Fact]
    public async Task The_benchmark_command_prints_what_it_measured()
    {
        using var folder = new TestFolder();
        var train = folder.Write("train.tsv", "text\tlabel\nwhere is my card\tcard\nmy card never came\tcard\nwhat is my balance\tbalance\nhow much is on my account balance\tbalance\n");
        var validate = folder.Write("validate.tsv", "text\tlabel\nis my card coming\tcard\nwho won the match\toos\n");
        var test = folder.Write("test.tsv", "text\tlabel\nmy card\tcard\nmy balance\tbalance\nsing a song\toos\n");

        var (code, printed) = await RunAsync("--train", train, "--validate", validate, "--test", test, "--test", test);

        Assert.Equal(0, code);
        Assert.All(
            (string[])
            [
                "train                               4 messages, 2 labels", "test                                6 messages, 2 out of scope",
                "in-scope accuracy before rejection  1.0000", "out-of-scope F1                     1.0000", "training seconds", "milliseconds per message p99", "model megabytes",
            ],
            line => Assert.Contains(line, printed, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_benchmark_command_names_the_line_that_it_cannot_read()
    {
        using var folder = new TestFolder();
        var file = folder.Write("train.tsv", "text\tlabel\nwhere is my card\tcard\nno label here\n");

        var (code, printed) = await RunAsync("--train", file, "--test", file);

        Assert.Equal(2, code);
        Assert.Contains("train.tsv(3)", printed, StringComparison.Ordinal);
    }

    static Task<ImmutableArray<IntentMessage>> ReadAsync(string name) =>
        IntentMessage.ReadAsync(RepositoryFolder.Of("tests", "data", $"{name}.tsv"), TestContext.Current.CancellationToken);

    /// <summary>How long it took is printed, never asserted: machines differ.</summary>
    IntentRanker Trained(IReadOnlyCollection<IntentMessage> messages)
    {
        var watch = Stopwatch.StartNew();
        var ranker = new IntentRanker(messages);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{messages.Count} messages learnt in {watch.Elapsed.TotalSeconds:0.00} s, {ranker.Bytes / 1e6:0.0} MB"));
        return ranker;
    }

    List<IntentGuess> Guessed(IntentRanker ranker, IReadOnlyCollection<IntentMessage> messages)
    {
        var watch = Stopwatch.StartNew();
        var guesses = messages.Select(ranker.Guess).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{messages.Count} messages ranked in {watch.Elapsed.TotalMilliseconds / messages.Count:0.000} ms each"));
        return guesses;
    }

    static async Task<(int Code, string Printed)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "supportbot.dll"), "knowledge", "benchmark", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await error);
    }

    sealed class TestFolder : IDisposable
    {
        readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("supportbot-benchmark");

        public string Write(string name, string text)
        {
            var path = Path.Combine(folder.FullName, name);
            File.WriteAllText(path, text);
            return path;
        }

        public void Dispose() => folder.Delete(recursive: true);
    }
}
