using System.Diagnostics;
using System.Globalization;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Benchmarks;

/// <summary>NLP.js in a Node process of its own, which times itself.</summary>
static class NodePeer
{
    /// <summary>Null when Node or the packages of the peer are not installed.</summary>
    internal static async Task<IntentRun?> RunAsync(IntentFiles files, List<IntentMessage> validate, List<IntentMessage> test)
    {
        var folder = Path.Combine("tests", "peers", "intents");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            await Report.Error.WriteLineAsync($"NLP.js is left out: run npm ci in {folder}.");
            return null;
        }

        string[] arguments =
        [
            Path.Combine(folder, "nlpjs.mjs"),
            .. files.Train.SelectMany(file => (string[])["--train", file]),
            .. files.Validate.SelectMany(file => (string[])["--validate", file]),
            .. files.Test.SelectMany(file => (string[])["--test", file]),
        ];
        using var process = Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var lines = (await process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"NLP.js ended with {process.ExitCode}.");
        }

        var trained = lines[^1].TrimStart('#').Split('\t');
        var guesses = lines[..^1].Select(line => line.Split('\t')).ToLookup(cells => cells[0], StringComparer.Ordinal);
        return new(
            Guesses(validate, guesses["validate"]),
            Guesses(test, guesses["test"]),
            Number(trained[0]),
            Number(trained[1]),
            [.. guesses["test"].Select(cells => Number(cells[3])).Order()]);
    }

    static List<IntentGuess> Guesses(List<IntentMessage> messages, IEnumerable<string[]> rows) =>
        [.. messages.Zip(rows, (message, cells) => new IntentGuess(message, cells[1], Number(cells[2])))];

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
