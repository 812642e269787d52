using System.CommandLine;
using System.Globalization;
using System.Text;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Storage;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Bot.Commands;

/// <summary><c>knowledge lint</c> and <c>knowledge ask</c>: for those who write the content. No database, no server.</summary>
static class KnowledgeCommand
{
    internal static Command Create() => new("knowledge", "Work with the content.") { Lint(), Ask(), FlowsCommand.Create(FolderOption()), ReviewCommands.Review(), ReviewCommands.Unanswered(), BenchmarkCommand.Create() };

    static Option<string> FolderOption() => new("--content") { Description = "Content folder (default: what ships with the program).", DefaultValueFactory = _ => ContentLoader.DefaultFolder };

    static Command Lint()
    {
        var folder = FolderOption();
        var command = new Command("lint", "Report every problem of the content with file and line.") { folder };
        command.SetAction(async (result, _) =>
        {
            var (library, problems) = ContentLoader.TryLoad(TypedFolder.Resolve(result.GetValue(folder)!));
            foreach (var problem in problems)
            {
                await CommandLine.Output.WriteLineAsync(problem.ToString());
            }

            var counts = library is null ? "" : string.Join(", ", library.Packs.Values.Select(pack =>
                $"{ContentLoader.Code(pack.Language)}: {pack.Entries.Count} entries, {pack.Entries.Values.Sum(entry => entry.Phrasings.Length)} phrasings, {pack.Topics.Count} topics"));
            await CommandLine.Error.WriteLineAsync($"{problems.Count} problem(s). {counts}");
            return problems.Count == 0 ? 0 : 1;
        });
        return command;
    }

    static Command Ask()
    {
        var text = new Argument<string?>("text") { Description = "One message, judged as the first of a new conversation.", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--file") { Description = "UTF-8 TSV with a header: id, text, optional channel, lang, agency." };
        var channel = new Option<string>("--channel") { Description = "web, voice or sms.", DefaultValueFactory = _ => "web" };
        channel.AcceptOnlyFromAmong("web", "voice", "sms");
        var locale = new Option<string?>("--locale") { Description = "en or es (default: recognised)." };
        locale.AcceptOnlyFromAmong("en", "es");
        var folder = FolderOption();
        var command = new Command("ask", "Show what the bot would do with a message, and why.") { text, file, channel, locale, folder };
        command.SetAction(async (result, cancellationToken) =>
        {
            if (result.GetValue(text) is null == result.GetValue(file) is null)
            {
                await CommandLine.Error.WriteLineAsync("Give either a text or --file.");
                return 2;
            }

            ConversationEngine engine;
            try
            {
                engine = new(ContentLoader.Load(TypedFolder.Resolve(result.GetValue(folder)!)));
            }
            catch (ContentException exception)
            {
                await CommandLine.Error.WriteLineAsync(exception.Message);
                return 1;
            }

            var chosen = ChannelOf(result.GetValue(channel)!)!.Value;
            var language = LanguageOf(result.GetValue(locale));
            return result.GetValue(file) is { } path
                ? await AskFileAsync(engine, TypedFolder.Resolve(path), language, chosen, cancellationToken)
                : await AskOneAsync(engine, result.GetValue(text)!, chosen, language);
        });
        return command;
    }

    static async Task<int> AskOneAsync(ConversationEngine engine, string text, Channel channel, Language? language)
    {
        var reading = engine.Read(text, channel, language, Agency.Unknown);
        var output = CommandLine.Output;
        await output.WriteLineAsync($"outcome    {OutcomeOf(reading.Meaning)}");
        await output.WriteLineAsync($"prediction {reading.Meaning.Prediction}");
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"score      {reading.Score:0.000}"));
        await output.WriteLineAsync($"why        {reading.Why}");
        await output.WriteLineAsync($"heard      {reading.Heard}");
        await output.WriteLineAsync($"agency     {reading.Agency.ToString().ToLowerInvariant()}");
        await output.WriteLineAsync("runners-up");
        foreach (var candidate in reading.Ranked.Take(5))
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {candidate.Score,8:0.000}  {candidate.Slug}{(candidate.IsTopic ? " (not here)" : "")}"));
        }

        return 0;
    }

    static string OutcomeOf(Interpretation meaning) => meaning switch
    {
        Interpretation.Answer => "answer",
        Interpretation.Menu menu => $"menu: {string.Join(", ", menu.Slugs)}",
        Interpretation.WhichAgency which => $"asks which agency: {which.Ssa} or {which.Opm}",
        Interpretation.Redirect redirect => $"not here, a known topic: {redirect.Topic}",
        Interpretation.NotHere notHere => $"not here: {notHere.Reason.ToString().ToLowerInvariant()}",
        Interpretation.HelpDesk helpDesk => helpDesk.Confirm ? "asks whether the help desk is meant" : $"help desk: {helpDesk.Reason.ToString().ToLowerInvariant()}",
        Interpretation.Safety safety => $"safety: {safety.Kind.ToString().ToLowerInvariant()}{(safety.Rest is { } rest ? $", then {OutcomeOf(rest)}" : "")}",
        Interpretation.Command command => $"command: {RouterOutcome.NameOf(command.Kind)}",
        Interpretation.Smalltalk => "smalltalk",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    static async Task<int> AskFileAsync(ConversationEngine engine, string path, Language? language, Channel channel, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            await CommandLine.Error.WriteLineAsync($"There is no file {path}.");
            return 2;
        }

        var lines = await File.ReadAllLinesAsync(path, cancellationToken);
        var header = lines.Length == 0 ? [] : lines[0].TrimStart('\uFEFF').Split('\t').Select(name => name.Trim()).ToArray();
        int Column(string name) => Array.IndexOf(header, name);
        var (id, text) = (Column("id"), Column("text"));
        if (id < 0 || text < 0)
        {
            await CommandLine.Error.WriteLineAsync("The first line must name at least the columns id and text, parted by tabs.");
            return 2;
        }

        string Answer(string line)
        {
            var cells = line.Split('\t');
            string Cell(string name) => Column(name) is var column && column >= 0 && column < cells.Length ? cells[column].Trim() : "";
            var reading = engine.Read(
                text < cells.Length ? cells[text] : "", ChannelOf(Cell("channel")) ?? channel, LanguageOf(Cell("lang")) ?? language, AgencyOf(Cell("agency")));
            var ranked = string.Join('|', reading.Ranked.Where(candidate => !candidate.IsTopic).Select(candidate => candidate.Slug));
            return string.Create(CultureInfo.InvariantCulture, $"{Cell("id")}\t{reading.Meaning.Prediction}\t{reading.Score:0.0000}\t{ranked}\n");
        }

        var output = new StringBuilder("id\tprediction\tscore\tranked\n");
        output.AppendJoin("", lines.Skip(1).Where(line => line.Length > 0).AsParallel().AsOrdered().Select(Answer));

        await CommandLine.Output.WriteAsync(output, cancellationToken);
        await CommandLine.Output.FlushAsync(cancellationToken);
        return 0;
    }

    static Channel? ChannelOf(string text) => text switch
    {
        "web" => Channel.Web,
        "voice" => Channel.Voice,
        "sms" => Channel.Sms,
        _ => null,
    };

    static Language? LanguageOf(string? text) => text switch
    {
        "en" => Language.En,
        "es" => Language.Es,
        _ => null,
    };

    static Agency AgencyOf(string text) => text switch
    {
        "ssa" => Agency.Ssa,
        "opm" => Agency.Opm,
        _ => Agency.Unknown,
    };
}
