using System.CommandLine;
using System.Globalization;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Storage;
using SupportBot.Knowledge.Troubleshooting;

namespace SupportBot.Bot.Commands;

/// <summary><c>knowledge flows</c>: counts, drawings, and which steps no journey goes through.</summary>
static class FlowsCommand
{
    internal static Command Create(Option<string> folder)
    {
        var mermaid = new Option<bool>("--mermaid") { Description = "Print the page of drawings, as flows/README.md has it." };
        var journeys = new Option<string?>("--journeys") { Description = "Folder of .chat files: also count the steps that none of them goes through." };
        var command = new Command("flows", "Count or draw the ways through trouble.") { folder, mermaid, journeys };
        command.SetAction(async (result, _) =>
        {
            ContentLibrary library;
            try
            {
                library = ContentLoader.Load(TypedFolder.Resolve(result.GetValue(folder)!));
            }
            catch (ContentException exception)
            {
                await CommandLine.Error.WriteLineAsync(exception.Message);
                return 1;
            }

            if (result.GetValue(mermaid))
            {
                await CommandLine.Output.WriteAsync(FlowDrawing.Page(library.Flows));
                return 0;
            }

            var visited = result.GetValue(journeys) is { } path ? JourneyReplay.Visited(new(library), TypedFolder.Resolve(path)) : null;
            return await CountAsync(library.Flows, visited);
        });
        return command;
    }

    static async Task<int> CountAsync(FlowBook book, HashSet<string>? visited)
    {
        var output = CommandLine.Output;
        string Row(string name, int steps, int paths, string uncovered) =>
            string.Create(CultureInfo.InvariantCulture, $"{name,-24} {steps,6} {paths,6}  {uncovered}").TrimEnd();
        await output.WriteLineAsync($"{"flow",-24} {"steps",6} {"paths",6}{(visited is null ? "" : "  uncovered")}");
        foreach (var flow in book.OrderedFlows)
        {
            await output.WriteLineAsync(Row(flow.Name, flow.Order.Length, FlowDrawing.Paths(flow), visited is null ? "" : Named(Uncovered(flow))));
        }

        var all = book.OrderedFlows.SelectMany(Uncovered).ToList();
        await output.WriteLineAsync(Row("all", book.OrderedFlows.Sum(flow => flow.Order.Length), book.OrderedFlows.Sum(FlowDrawing.Paths), visited is null ? "" : Named(all)));
        return visited is null || all.Count == 0 ? 0 : 1;

        IEnumerable<string> Uncovered(Flow flow) => visited is null ? [] : flow.Order.Where(name => !visited.Contains($"{flow.Name}/{name}"));

        static string Named(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } text ? text : "none";
    }
}

/// <summary>What the person says in <c>.chat</c> files, played to the engine alone.</summary>
static class JourneyReplay
{
    internal static HashSet<string> Visited(ConversationEngine engine, string folder) =>
        Directory.EnumerateFiles(folder, "*.chat").Order(StringComparer.Ordinal).AsParallel().SelectMany(file => Play(engine, File.ReadAllLines(file))).ToHashSet(StringComparer.Ordinal);

    static List<string> Play(ConversationEngine engine, string[] lines)
    {
        string Header(string name, string otherwise) =>
            lines.Where(line => line.StartsWith($"# {name}:", StringComparison.Ordinal)).Select(line => line[(name.Length + 3)..].Trim()).FirstOrDefault() ?? otherwise;
        var channel = Enum.Parse<Channel>(Header("channel", "web"), ignoreCase: true);
        var now = DateTimeOffset.Parse(Header("now", "2026-11-16T15:00Z"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        var agency = Enum.TryParse<Agency>(Header("agency", ""), ignoreCase: true, out var named) ? named : Agency.Unknown;
        var state = new Conversation { Id = new("journey"), Channel = channel, Agency = agency };
        var visited = new List<string>();
        var isOpen = Header("HelpDesk:State", "open") != "closed";
        var isOptedOut = false;
        CodeOnFile? code = null;
        void Take(TurnInput input)
        {
            var today = new LocalDay(DateOnly.FromDateTime(now.UtcDateTime).DayNumber);
            var situation = new Situation(
                new(isOpen, CanTransfer: false), isOptedOut, channel != Channel.Web, new("C-0000 0000"), today, Code: channel == Channel.Web ? null : code);
            var turn = engine.Take(state, input, situation, now);
            state = turn.State;
            visited.AddRange(turn.Visited);
            foreach (var consent in turn.Effects.OfType<Effect.RecordConsent>())
            {
                isOptedOut = consent.State == Knowledge.Consents.ConsentState.OptedOut;
            }
        }

        if (channel != Channel.Sms)
        {
            Take(new TurnInput.Started());
        }

        foreach (var line in lines)
        {
            if (line.StartsWith("@ channel: ", StringComparison.Ordinal))
            {
                channel = Enum.Parse<Channel>(line[11..].Trim(), ignoreCase: true);
                state = new() { Id = new("journey"), Channel = channel };
                if (channel != Channel.Sms)
                {
                    Take(new TurnInput.Started());
                }
            }
            else if (line.Split(' ') is ["@", "code", var kind, var way])
            {
                code = CodeOf(kind, way);
            }
            else if (line.StartsWith("@ wait ", StringComparison.Ordinal))
            {
                now += TimeSpan.Parse(line[7..], CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("> ", StringComparison.Ordinal) && InputOf(line[2..].Trim()) is { } input)
            {
                Take(input);
            }
        }

        return visited;
    }

    /// <summary>A code that was sent and can be sent again.</summary>
    static CodeOnFile CodeOf(string kind, string way)
    {
        var channel = DeliveryChannels.ParseAll(way)[0];
        return new(
            "pc_journey", PasscodeKinds.Parse(kind)!.Value, PasscodeState.Live, "secure.example.gov", TimeSpan.Zero, TimeSpan.FromMinutes(10), channel, DeliveryState.Sent,
            Reason: null, [channel, .. DeliveryChannels.All.Where(other => other != channel && other != DeliveryChannel.Email)], TimeSpan.Zero);
    }

    static TurnInput? InputOf(string said) => said switch
    {
        "[silence]" => new TurnInput.Silence(),
        "[nobody answers]" => new TurnInput.TransferFailed(),
        ['[', .. var mark, ']'] => mark.StartsWith("keys ", StringComparison.Ordinal) ? new TurnInput.Keyed(mark[5..])
            : mark.StartsWith("carrier ", StringComparison.Ordinal) ? new TurnInput.Said(mark[8..]) : null,
        _ => new TurnInput.Said(said),
    };
}
