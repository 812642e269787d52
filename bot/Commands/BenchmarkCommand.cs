using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SupportBot.Knowledge.Storage;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Bot.Commands;

/// <summary><c>knowledge benchmark</c>: the ranker of the service on intent sets of others.</summary>
static class BenchmarkCommand
{
    internal static Command Create()
    {
        var train = Files("--train", "Messages to learn.", ArgumentArity.OneOrMore);
        var validate = Files("--validate", "Messages to choose the threshold on, with some out of scope.", ArgumentArity.ZeroOrMore);
        var test = Files("--test", "Messages to judge.", ArgumentArity.OneOrMore);
        train.Required = test.Required = true;
        var share = new Option<double>("--out-of-scope-share")
        {
            Description = "Share of traffic that is expected out of scope, for choosing the threshold (0 to 1).",
            DefaultValueFactory = _ => 0.2,
        };
        share.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and < 1))
            {
                result.AddError("--out-of-scope-share must be between 0 and 1.");
            }
        });
        var command = new Command("benchmark", "Train the ranker on an intent set and measure it. Files: a header, then text TAB label; the label oos is out of scope.")
        {
            train, validate, test, share,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            try
            {
                var learnt = await ReadAsync(result.GetValue(train)!, cancellationToken);
                var validated = await ReadAsync(result.GetValue(validate) ?? [], cancellationToken);
                var tested = await ReadAsync(result.GetValue(test)!, cancellationToken);
                if (learnt.Count == 0 || tested.Count == 0)
                {
                    await CommandLine.Error.WriteLineAsync("There is nothing to learn, or nothing to judge.");
                    return 2;
                }

                await RunAsync(learnt, validated, tested, result.GetValue(share));
                return 0;
            }
            catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
            {
                await CommandLine.Error.WriteLineAsync(exception.Message);
                return 2;
            }
        });
        return command;
    }

    static Option<string[]> Files(string name, string description, ArgumentArity arity) => new(name) { Description = $"{description} Repeatable.", Arity = arity };

    static async Task<List<IntentMessage>> ReadAsync(string[] paths, CancellationToken cancellationToken)
    {
        var messages = new List<IntentMessage>();
        foreach (var path in paths)
        {
            messages.AddRange(await IntentMessage.ReadAsync(TypedFolder.Resolve(path), cancellationToken));
        }

        return messages;
    }

    static async Task RunAsync(List<IntentMessage> train, List<IntentMessage> validate, List<IntentMessage> test, double share)
    {
        var started = Stopwatch.GetTimestamp();
        var ranker = new IntentRanker(train);
        var training = Stopwatch.GetElapsedTime(started);
        var validated = validate.ConvertAll(ranker.Guess);

        // What the first messages pay for is the runtime, not the ranker.
        foreach (var message in test.Take(1_000))
        {
            ranker.Guess(message);
        }

        var times = new double[test.Count];
        var tested = new List<IntentGuess>(test.Count);
        for (var number = 0; number < times.Length; number++)
        {
            var began = Stopwatch.GetTimestamp();
            tested.Add(ranker.Guess(test[number]));
            times[number] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        Array.Sort(times);
        var scores = IntentScores.Of(validated, tested, share);
        await WriteAsync("train", $"{train.Count} messages, {train.Select(message => message.Label).Distinct(StringComparer.Ordinal).Count()} labels");
        await WriteAsync("validate", Counted(validate));
        await WriteAsync("test", Counted(test));
        await WriteAsync("accuracy", $"{scores.Accuracy:0.0000}");
        await WriteAsync("in-scope accuracy before rejection", Shown(scores.InScope));
        await WriteAsync("threshold", Shown(scores.Threshold));
        await WriteAsync("in-scope accuracy at the threshold", Shown(scores.InScopeAtThreshold));
        await WriteAsync("out-of-scope precision", Shown(scores.Precision));
        await WriteAsync("out-of-scope recall", Shown(scores.Recall));
        await WriteAsync("out-of-scope F1", Shown(scores.F1));
        await WriteAsync("training seconds", $"{training.TotalSeconds:0.00}");
        await WriteAsync("milliseconds per message p50", $"{times[times.Length / 2]:0.000}");
        await WriteAsync("milliseconds per message p99", $"{times[times.Length * 99 / 100]:0.000}");
        await WriteAsync("model megabytes", $"{ranker.Bytes / 1e6:0.0}");
    }

    static FormattableString Counted(List<IntentMessage> messages) => $"{messages.Count} messages, {messages.Count(message => message.IsOutOfScope)} out of scope";

    static FormattableString Shown(double? value) => value is null ? $"none" : (FormattableString)$"{value:0.0000}";

    static Task WriteAsync(string name, FormattableString value) => CommandLine.Output.WriteLineAsync($"{name,-36}{value.ToString(CultureInfo.InvariantCulture)}");
}
