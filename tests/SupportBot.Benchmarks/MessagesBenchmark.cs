using System.Globalization;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Benchmarks;

/// <summary>What reading a message costs: every message of the exams, over and over, on one thread.</summary>
static class MessagesBenchmark
{
    const int Rounds = 30;

    internal static async Task RunAsync()
    {
        var time = TimeProvider.System;
        var engine = new ConversationEngine(ContentLoader.Load(ContentLoader.DefaultFolder));
        var messages = Directory.EnumerateFiles(Path.Combine("tests", "data", "understanding"), "exam-*.tsv").Order(StringComparer.Ordinal)
            .SelectMany(file => File.ReadLines(file).Skip(1)).Select(line => line.Split('\t')).Where(cells => cells.Length > 2)
            .Select(cells => (Text: cells[1], Channel: Enum.Parse<Channel>(cells[2], ignoreCase: true))).ToList();
        var least = Enumerable.Repeat(TimeSpan.MaxValue, messages.Count).ToArray();
        var rounds = new List<TimeSpan[]>();
        for (var round = 0; round < Rounds; round++)
        {
            var times = messages.Select(message =>
            {
                var began = time.GetTimestamp();
                _ = engine.Read(message.Text, message.Channel, null, Agency.Unknown);
                return time.GetElapsedTime(began);
            }).ToArray();
            least = [.. least.Zip(times, (one, other) => one < other ? one : other)];
            rounds.Add([.. times.Order()]);
        }

        static double At(IReadOnlyList<TimeSpan> ordered, double share) => ordered[(int)((ordered.Count - 1) * share)].TotalMilliseconds;
        TimeSpan[] best = [.. least.Order()];
        var calmest = rounds.MinBy(round => round[(int)(round.Length * 0.99)])!;
        await Report.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{messages.Count} messages, {Rounds} rounds, milliseconds a message"));
        await Report.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"calmest round          p50 {At(calmest, 0.5):0.000}  p99 {At(calmest, 0.99):0.000}  longest {At(calmest, 1):0.000}"));
        await Report.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"each message's best    p50 {At(best, 0.5):0.000}  p99 {At(best, 0.99):0.000}  longest {At(best, 1):0.000}"));
    }
}
