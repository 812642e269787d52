using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Troubleshooting;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Troubleshooting;

/// <summary>What must hold at every place that a person can reach in the flows that ship.</summary>
public sealed class ShippedFlowTests
{
    const int MostTurnsWithoutProgress = 25;

    public static TheoryData<string> Flows => [.. BotApplication.Shipped.Library.Flows.OrderedFlows.Select(flow => flow.Name)];

    static ConversationEngine Engine => BotApplication.Shipped;

    [Theory, MemberData(nameof(Flows))]
    public void Three_silences_reach_the_offer_of_a_person_everywhere(string flow) => AtEveryPlace(flow, Channel.Voice, place =>
    {
        var state = place;
        for (var silence = 0; silence < 3; silence++)
        {
            state = Take(state, new TurnInput.Silence()).State;
        }

        AssertPerson(state);
    });

    [Theory, MemberData(nameof(Flows))]
    public void Three_misses_reach_the_offer_of_a_person_everywhere(string flow) => AtEveryPlace(flow, Channel.Sms, place =>
    {
        var state = place;
        for (var miss = 0; miss < 3; miss++)
        {
            state = Take(state, new TurnInput.Said("xyzzy plugh")).State;
        }

        AssertPerson(state);
    });

    [Theory, MemberData(nameof(Flows))]
    public void Help_desk_reaches_a_case_everywhere(string flow) => AtEveryPlace(flow, Channel.Web, place =>
        Assert.NotNull(Take(place, new TurnInput.Said("help desk")).State.CaseReference));

    [Theory, MemberData(nameof(Flows))]
    public void Back_undoes_exactly_one_answer_everywhere(string flow) => AtEveryPlace(flow, Channel.Web, place =>
    {
        foreach (var choice in place.LastReply.Choices)
        {
            var answered = Take(place, new TurnInput.Said(choice.Number.ToString(System.Globalization.CultureInfo.InvariantCulture))).State;
            if (answered.Walk is null || answered.LastReply == place.LastReply)
            {
                continue;
            }

            var back = Take(answered, new TurnInput.Said("back")).State;
            Assert.Equal(place.Walk!.At(), back.Walk?.At());
            Assert.Equal(place.Known, back.Known);
        }
    });

    [Theory, MemberData(nameof(Flows))]
    public void Nobody_walks_for_25_turns_without_a_new_step_or_an_exit(string flow)
    {
        string[] said = ["1", "2", "3", "4", "back", "repeat", "skip", "why", "not yet", "it failed", "done", "xyzzy plugh", "what is an activation code", "no, before 2021", "go on"];
        for (var round = 0; round < 40; round++)
        {
            var state = Begun(flow, Channel.Web);
            var (turns, seen) = (0, new HashSet<string>(StringComparer.Ordinal));
            var next = (uint)round * 2_654_435_761u;
            for (var turn = 0; turn < 120 && state.Walk is { } walk; turn++)
            {
                turns = seen.Add(walk.At()) ? 0 : turns + 1;
                Assert.True(turns <= MostTurnsWithoutProgress, $"{flow}: {turns} turns without a new step, at {walk.At()}");
                next = (next * 1_664_525u) + 1_013_904_223u;
                state = Take(state, new TurnInput.Said(said[(next >> 16) % said.Length])).State;
            }
        }
    }

    [Theory, MemberData(nameof(Flows))]
    public void No_place_offers_more_choices_than_a_phone_has_keys_for(string flow) =>
        AtEveryPlace(flow, Channel.Voice, place => Assert.InRange(place.LastReply.Choices.Length, 0, 4));

    [Fact]
    public void The_drawings_are_current() => Assert.Equal(
        FlowDrawing.Page(Engine.Library.Flows),
        File.ReadAllText(RepositoryFolder.Of("knowledge", "flows", "README.md")).ReplaceLineEndings("\n"));

    /// <summary>Goes every way by numbers from the start of a flow, and stops once at each place with the same knowledge.</summary>
    static void AtEveryPlace(string flow, Channel channel, Action<Conversation> check)
    {
        var open = new Queue<Conversation>();
        var passed = new HashSet<string>(StringComparer.Ordinal);
        void Reach(Turn turn)
        {
            var state = turn.State;

            // Another flow is gone through when its own turn comes.
            if (state.Walk is { } walk && walk.Flow == flow && passed.Add($"{walk.At()} {string.Join(' ', state.Known)} {string.Join(' ', state.Tried.Order(StringComparer.Ordinal).TakeLast(6))}"))
            {
                open.Enqueue(state);
            }
        }

        Reach(BeginTurn(flow, channel));
        for (var places = 0; open.TryDequeue(out var place) && places < 1_500; places++)
        {
            check(place);
            foreach (var choice in place.LastReply.Choices)
            {
                Reach(Take(place, new TurnInput.Keyed(choice.Number.ToString(System.Globalization.CultureInfo.InvariantCulture))));
            }
        }
    }

    static Conversation Begun(string flow, Channel channel) => BeginTurn(flow, channel).State;

    static Turn BeginTurn(string flow, Channel channel)
    {
        var state = new Conversation { Id = new("flow"), Channel = channel, LastReply = new() { Choices = [new(1, "steps")] }, Pending = new Pending.OfferSteps(flow) };
        return Take(state, new TurnInput.Keyed("1"));
    }

    static Turn Take(Conversation state, TurnInput input) =>
        Engine.Take(state, input, new(new(IsOpen: true, CanTransfer: false), OptedOut: false, HasNumber: state.Channel != Channel.Web, new("C-1234 5678"), new(2026, 11, 16)), ManualTime.WorkingDay);

    static void AssertPerson(Conversation state) => Assert.True(
        state.Pending is Pending.OfferPerson || state.CaseReference is not null,
        $"{state.Walk?.At()} leads to {state.Pending.GetType().Name}: {string.Join(" / ", state.LastReply.Messages.Select(message => message.PlainText))}");
}

static class Walks
{
    internal static string At(this Walk walk) => $"{walk.Flow}/{walk.Step}";
}
