using System.CommandLine;
using System.Globalization;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Storage;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Bot.Commands;

/// <summary><c>knowledge review</c> and <c>knowledge unanswered</c>: what the bot makes of real questions, for those who write the content.</summary>
static class ReviewCommands
{
    const int MostExamples = 12;

    internal static Command Unanswered()
    {
        var days = new Option<int>("--days") { Description = "How far back.", DefaultValueFactory = _ => 7 };
        var command = new Command("unanswered", "Export what nobody could answer, redacted, as TSV: text, outcome, channel, helped, at.") { days };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var services = CommandHost.Create();
            await services.GetRequiredService<Migrator>().MigrateAsync(cancellationToken);
            var since = services.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(-result.GetValue(days));
            var questions = await services.GetRequiredService<TranscriptStore>().UnansweredAsync(since, cancellationToken);
            await CommandLine.Output.WriteLineAsync("text\toutcome\tchannel\thelped\tat");
            foreach (var question in questions)
            {
                var text = question.Text.Replace('\t', ' ').ReplaceLineEndings(" ");
                await CommandLine.Output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{text}\t{question.Outcome}\t{ConversationStore.Name(question.Channel)}\t{(question.Unhelpful ? "no" : "")}\t{question.At:yyyy-MM-ddTHH:mm:ssZ}"));
            }

            await CommandLine.Error.WriteLineAsync($"{questions.Length} question(s).");
        });
        return command;
    }

    internal static Command Review()
    {
        var file = new Argument<string>("file") { Description = "Questions: one a line, or a TSV with a column text (and channel), such as `knowledge unanswered` writes." };
        var command = new Command("review", "Group questions by what the bot does with them, and show confusions.") { file };
        command.SetAction(async (result, cancellationToken) =>
        {
            var path = TypedFolder.Resolve(result.GetValue(file)!);
            if (!File.Exists(path))
            {
                await CommandLine.Error.WriteLineAsync($"There is no file {path}.");
                return 2;
            }

            var engine = new ConversationEngine(ContentLoader.Load(ContentLoader.DefaultFolder));
            var questions = Questions(await File.ReadAllLinesAsync(path, cancellationToken));
            var read = questions.AsParallel().AsOrdered().Select(question => (question.Text, Reading: engine.Read(question.Text, question.Channel, null, Agency.Unknown))).ToList();
            await WriteGroupsAsync(read);
            await WriteConfusionsAsync(read);
            return 0;
        });
        return command;
    }

    static IEnumerable<(string Text, Channel Channel)> Questions(string[] lines)
    {
        var header = lines.Length == 0 ? [] : lines[0].TrimStart('\uFEFF').Split('\t');
        var text = Array.IndexOf(header, "text");
        var channel = Array.IndexOf(header, "channel");
        return text < 0
            ? lines.Where(line => line.Trim().Length > 0).Select(line => (line.Trim(), Channel.Web))
            : lines.Skip(1).Select(line => line.Split('\t')).Where(cells => cells.Length > text && cells[text].Trim().Length > 0)
                .Select(cells => (cells[text].Trim(), channel >= 0 && channel < cells.Length && Enum.TryParse<Channel>(cells[channel], ignoreCase: true, out var parsed) ? parsed : Channel.Web));
    }

    static async Task WriteGroupsAsync(List<(string Text, Reading Reading)> read)
    {
        var groups = read.GroupBy(item => item.Reading.Meaning switch
        {
            Interpretation.Menu menu => $"menu: {string.Join(" | ", menu.Slugs)}",
            Interpretation.WhichAgency which => $"which agency: {which.Ssa} | {which.Opm}",
            Interpretation.Redirect redirect => $"not here: {redirect.Topic}",
            var meaning => meaning.Prediction,
        }, StringComparer.Ordinal).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal);
        foreach (var group in groups)
        {
            await CommandLine.Output.WriteLineAsync($"{group.Count(),5}  {group.Key}");
            foreach (var (text, reading) in group.OrderBy(item => item.Reading.Score).Take(MostExamples))
            {
                await CommandLine.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"         {reading.Score:0.00}  {text}"));
            }
        }
    }

    /// <summary>Pairs of entries that stand close together: candidates for more phrasings, or for a clearer border.</summary>
    static async Task WriteConfusionsAsync(List<(string Text, Reading Reading)> read)
    {
        var pairs = read
            .Where(item => item.Reading.Ranked.Length > 1 && item.Reading.Ranked[1].Score * 2 > item.Reading.Ranked[0].Score)
            .GroupBy(item => (First: item.Reading.Ranked[0].Slug, Second: item.Reading.Ranked[1].Slug))
            .OrderByDescending(group => group.Count())
            .Take(MostExamples);
        await CommandLine.Output.WriteLineAsync("\nclose together");
        foreach (var pair in pairs)
        {
            await CommandLine.Output.WriteLineAsync($"{pair.Count(),5}  {pair.Key.First} ~ {pair.Key.Second}   e.g. {pair.First().Text}");
        }
    }
}
