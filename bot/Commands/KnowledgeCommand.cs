using System.CommandLine;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Semantics;
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
        var command = new Command("lint", "Report every problem of the content with file and line, and phrasings that stand nearer to another entry (warnings).") { folder };
        command.SetAction(async (result, _) =>
        {
            var path = TypedFolder.Resolve(result.GetValue(folder)!);
            var (library, problems) = ContentLoader.TryLoad(path);
            foreach (var problem in problems)
            {
                await CommandLine.Output.WriteLineAsync(problem.ToString());
            }

            var counts = library is null ? "" : string.Join(", ", library.Packs.Values.Select(pack =>
                $"{ContentLoader.Code(pack.Language)}: {pack.Entries.Count} entries, {pack.Entries.Values.Sum(entry => entry.Phrasings.Length)} phrasings, {pack.Topics.Count} topics"));
            // Judged by training without them: that needs content that can be used.
            var warnings = problems.Count == 0 ? PhrasingReview.Warnings(path, library!) : [];
            foreach (var warning in warnings)
            {
                await CommandLine.Output.WriteLineAsync($"{warning} (warning)");
            }

            await CommandLine.Error.WriteLineAsync($"{problems.Count} problem(s), {warnings.Count} warning(s). {counts}");
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
            await using var services = CommandHost.Create();
            SemanticRanker semantics;
            try
            {
                engine = new(ContentLoader.Load(TypedFolder.Resolve(result.GetValue(folder)!)));
                semantics = services.GetRequiredService<SemanticRanker>();

                // Settings are checked when they are first read.
                _ = semantics.IsOn;
            }
            catch (Exception exception) when (exception is ContentException or OptionsValidationException)
            {
                await CommandLine.Error.WriteLineAsync(exception.Message);
                return 1;
            }

            await LearnAsync(semantics, engine, cancellationToken);

            var chosen = ChannelOf(result.GetValue(channel)!)!.Value;
            var language = LanguageOf(result.GetValue(locale));
            return result.GetValue(file) is { } path
                ? await AskFileAsync(engine, semantics, TypedFolder.Resolve(path), language, chosen, cancellationToken)
                : await AskOneAsync(engine, semantics, result.GetValue(text)!, chosen, language, cancellationToken);
        });
        return command;
    }

    /// <summary>A model that does not answer is told once; the command goes on without it, as the service does.</summary>
    static async Task LearnAsync(SemanticRanker semantics, ConversationEngine engine, CancellationToken cancellationToken)
    {
        try
        {
            await semantics.LearnAsync(engine.Library, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            await CommandLine.Error.WriteLineAsync($"The embedding model is left out: {exception.Message}");
        }
    }

    static async Task<int> AskOneAsync(ConversationEngine engine, SemanticRanker semantics, string text, Channel channel, Language? language, CancellationToken cancellationToken)
    {
        var question = semantics.IsReady ? engine.Ask(text, channel, language, Agency.Unknown) : null;
        var hint = question is null ? null : await semantics.HintAsync(question, cancellationToken);
        var reading = hint is null ? engine.Read(text, channel, language, Agency.Unknown) : question!.Read(hint);
        var output = CommandLine.Output;
        await output.WriteLineAsync($"outcome    {OutcomeOf(reading.Meaning)}");
        await output.WriteLineAsync($"prediction {reading.Meaning.Prediction}");
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"score      {reading.Score:0.000}"));
        await output.WriteLineAsync($"why        {reading.Why}");
        await output.WriteLineAsync($"heard      {reading.Heard}");
        await output.WriteLineAsync($"agency     {reading.Agency.ToString().ToLowerInvariant()}");
        await output.WriteLineAsync($"semantics  {Explained(semantics, question, hint)}");
        await output.WriteLineAsync("runners-up");
        foreach (var candidate in reading.Ranked.Take(5))
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {candidate.Score,8:0.000}  {candidate.Slug}{(candidate.IsTopic ? " (not here)" : "")}"));
        }

        return 0;
    }

    static string Explained(SemanticRanker semantics, SemanticQuestion? question, SemanticHint? hint) => (semantics, question, hint) switch
    {
        ({ IsOn: false }, _, _) => "off",
        (_, null, _) => "not asked: a rule decides, private data was said, or no model answers",
        (_, _, null) => "no model answered",
        (_, _, { } said) => string.Create(
            CultureInfo.InvariantCulture,
            $"nearest {string.Join(", ", said.Nearness.OrderByDescending(label => label.Value).Take(5).Select(label => string.Create(CultureInfo.InvariantCulture, $"{label.Key} {label.Value:0.0}")))}; the chat model chose {said.Choice ?? "none"}"),
    };

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

    static async Task<int> AskFileAsync(ConversationEngine engine, SemanticRanker semantics, string path, Language? language, Channel channel, CancellationToken cancellationToken)
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

        async ValueTask<string> AnswerAsync(string line)
        {
            var cells = line.Split('\t');
            string Cell(string name) => Column(name) is var column && column >= 0 && column < cells.Length ? cells[column].Trim() : "";
            var (said, on, spoken, agency) = (text < cells.Length ? cells[text] : "", ChannelOf(Cell("channel")) ?? channel, LanguageOf(Cell("lang")) ?? language, AgencyOf(Cell("agency")));
            var question = semantics.IsReady ? engine.Ask(said, on, spoken, agency) : null;
            var reading = question is null ? engine.Read(said, on, spoken, agency) : question.Read(await semantics.HintAsync(question, cancellationToken));
            var ranked = string.Join('|', reading.Ranked.Where(candidate => !candidate.IsTopic).Select(candidate => candidate.Slug));
            return string.Create(CultureInfo.InvariantCulture, $"{Cell("id")}\t{reading.Meaning.Prediction}\t{reading.Score:0.0000}\t{ranked}\n");
        }

        var questions = lines.Skip(1).Where(line => line.Length > 0).ToList();
        var answers = new string[questions.Count];
        await Parallel.ForAsync(0, answers.Length, cancellationToken, async (at, _) => answers[at] = await AnswerAsync(questions[at]));
        var output = new StringBuilder("id\tprediction\tscore\tranked\n").AppendJoin("", answers);
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
