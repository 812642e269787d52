using System.Collections.Frozen;
using System.Collections.Immutable;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Understanding;
using Wording = SupportBot.Knowledge.Content.Wording;

namespace SupportBot.Knowledge.Troubleshooting;

/// <summary>Every way through trouble, and everything that they may know of a person.</summary>
public sealed class FlowBook
{
    readonly FrozenDictionary<string, Flow> byEntry;
    readonly FrozenDictionary<Language, PatternSet> tellers;
    readonly FrozenDictionary<string, ImmutableArray<string>> slotsAhead;

    /// <param name="flows">Checked: every target is there.</param>
    /// <param name="slots">Everything that steps ask or check.</param>
    public FlowBook(IEnumerable<Flow> flows, IEnumerable<Slot> slots)
    {
        Flows = flows.ToFrozenDictionary(flow => flow.Name, StringComparer.Ordinal);
        Slots = slots.ToFrozenDictionary(slot => slot.Name, StringComparer.Ordinal);
        byEntry = Flows.Values.SelectMany(flow => flow.Entries.Select(entry => (entry, flow))).ToFrozenDictionary(item => item.entry, item => item.flow, StringComparer.Ordinal);
        OrderedFlows = [.. Flows.Values.OrderBy(flow => flow.Name, StringComparer.Ordinal)];
        OrderedSlots = [.. Slots.Values.OrderBy(slot => slot.Name, StringComparer.Ordinal)];
        tellers = OrderedSlots
            .SelectMany(slot => slot.Values.Select(value => value.Words).Append(slot.Cues).OfType<FrozenDictionary<Language, ShortPatterns>>())
            .SelectMany(words => words)
            .GroupBy(words => words.Key, words => words.Value)
            .AsParallel()
            .Select(group => (Language: group.Key, Patterns: new PatternSet([.. group.SelectMany(words => words.Sources).Select(Plain)])))
            .ToFrozenDictionary(item => item.Language, item => item.Patterns);
        slotsAhead = OrderedFlows.ToFrozenDictionary(flow => flow.Name, FindSlotsAhead, StringComparer.Ordinal);
    }

    /// <summary>Folded text has no other letters; the automaton is a third cheaper without Unicode's.</summary>
    static string Plain(string pattern) => pattern.Replace(@"\w", "[a-z0-9]", StringComparison.Ordinal).Replace(@"\d", "[0-9]", StringComparison.Ordinal);

    public static FlowBook Empty { get; } = new([], []);

    public FrozenDictionary<string, Flow> Flows { get; }

    public FrozenDictionary<string, Slot> Slots { get; }

    public ImmutableArray<Flow> OrderedFlows { get; }

    public ImmutableArray<Slot> OrderedSlots { get; }

    /// <summary>The flow that goes on where an FAQ answer ends; null when there is none.</summary>
    public Flow? AfterEntry(string slug) => byEntry.GetValueOrDefault(slug);

    /// <summary>Whether a message may tell anything of a person's situation: most do not, and are told apart at once.</summary>
    internal bool MayTell(string folded, Language language) => tellers.TryGetValue(language, out var patterns) && patterns.Matches(folded);

    /// <summary>Slots that a flow asks or checks, and then those of the flows that it jumps to.</summary>
    internal ImmutableArray<string> SlotsAhead(string flow) => slotsAhead[flow];

    ImmutableArray<string> FindSlotsAhead(Flow flow) =>
    [
        .. SlotsOf(flow).Concat(flow.Order.Select(name => flow.Steps[name]).OfType<Step.Jump>().SelectMany(jump => SlotsOf(Flows[jump.Flow]))).Distinct(StringComparer.Ordinal),
    ];

    static IEnumerable<string> SlotsOf(Flow flow) => flow.Order.Select(name => FlowChecks.SlotOf(flow.Steps[name])).OfType<string>();

    internal Step StepAt(Place at) => Flows[at.Flow].Steps[at.Step];

    /// <summary>A step of a flow.</summary>
    public readonly record struct Place(string Flow, string Step)
    {
        public override string ToString() => $"{Flow}/{Step}";
    }
}

/// <summary>One way through trouble (<c>flows/NAME.yaml</c>).</summary>
/// <param name="Name">File name.</param>
/// <param name="Title">How menus name it.</param>
/// <param name="Agency">Whose sign-in it is about.</param>
/// <param name="Entries">FAQ answers after which it is offered.</param>
/// <param name="Start">Name of the first step.</param>
/// <param name="Steps">By name.</param>
/// <param name="Order">Names in the order of the file.</param>
public sealed record Flow(
    string Name, FrozenDictionary<Language, Wording> Title, Agency Agency, ImmutableArray<string> Entries, string Start,
    FrozenDictionary<string, Step> Steps, ImmutableArray<string> Order);

/// <summary>One step. Targets are names of steps of the same flow.</summary>
/// <param name="Name">Unique in the flow; label of the drawing and of the notes for the help desk.</param>
public abstract record Step(string Name)
{
    /// <summary>Where it may lead within the flow.</summary>
    public abstract IEnumerable<(string Label, string Target)> Exits { get; }

    /// <summary>Asks for a slot; passed in silence when it is known.</summary>
    public sealed record Ask(string Name, string Slot, FrozenDictionary<Language, Wording>? Say, FrozenDictionary<string, string> To, ImmutableArray<string> Order) : Step(Name)
    {
        public override IEnumerable<(string Label, string Target)> Exits => Order.Select(value => (value, To[value]));
    }

    /// <summary>An instruction; the person says when it is done, or that it failed.</summary>
    public sealed record Do(string Name, FrozenDictionary<Language, Wording> Say, FrozenDictionary<Language, Wording>? Why, string Done, string Failed) : Step(Name)
    {
        public override IEnumerable<(string Label, string Target)> Exits => [("done", Done), ("failed", Failed)];
    }

    /// <summary>Says something and goes on.</summary>
    /// <param name="Name">Unique in the flow.</param>
    /// <param name="Say">What.</param>
    /// <param name="Dated">Instead, where the day of the request is known; may name <c>{expected-by}</c> and <c>{valid-until}</c>.</param>
    /// <param name="Next">Where it goes on.</param>
    public sealed record Tell(string Name, FrozenDictionary<Language, Wording> Say, FrozenDictionary<Language, Wording>? Dated, string Next) : Step(Name)
    {
        public override IEnumerable<(string Label, string Target)> Exits => [("", Next)];
    }

    /// <summary>Goes on by something that is known without asking.</summary>
    /// <param name="Name">Unique in the flow.</param>
    /// <param name="Of">A <see cref="FlowCheck"/>, or a slot.</param>
    /// <param name="To">By outcome; <c>else</c> for all others.</param>
    /// <param name="Order">Outcomes in the order of the file.</param>
    public sealed record Check(string Name, string Of, FrozenDictionary<string, string> To, ImmutableArray<string> Order) : Step(Name)
    {
        public override IEnumerable<(string Label, string Target)> Exits => Order.Select(value => (value, To[value]));

        internal string TargetOf(string? outcome) => outcome is not null && To.TryGetValue(outcome, out var target) ? target : To[FlowCheck.Else];
    }

    /// <summary>Does something for the person.</summary>
    /// <param name="Code">Which code is to go out; null for acts about none.</param>
    public sealed record Act(string Name, FlowAct Kind, PasscodeKind? Code, string Done, string Failed) : Step(Name)
    {
        public override IEnumerable<(string Label, string Target)> Exits => Done == Failed ? [("", Done)] : [("done", Done), ("failed", Failed)];
    }

    /// <summary>Goes on in another flow, at its start.</summary>
    public sealed record Jump(string Name, string Flow) : Step(Name)
    {
        public override IEnumerable<(string Label, string Target)> Exits => [];
    }

    /// <summary>The way is over.</summary>
    public sealed record End(string Name, FlowEnd Kind, FrozenDictionary<Language, Wording>? Say) : Step(Name)
    {
        public override IEnumerable<(string Label, string Target)> Exits => [];
    }
}

/// <summary>What a step can do for a person.</summary>
public enum FlowAct
{
    /// <summary>The code that was asked for, once more, to the contact stored with it.</summary>
    ResendCode,

    /// <summary>The same by a call.</summary>
    CallCode,

    /// <summary>The steps as a text to the number that is called from.</summary>
    TextSteps,

    /// <summary>A case for the help desk.</summary>
    OpenCase,
}

/// <summary>How a way ends.</summary>
public enum FlowEnd
{
    Solved,
    Person,
    Later,
}

/// <summary>What can be checked without asking, and what comes out.</summary>
public static class FlowCheck
{
    public const string OptedOut = "opted-out";
    public const string HelpDesk = "help-desk";
    public const string Number = "number";
    public const string Channel = "channel";
    public const string MailWindow = "mail-window";

    /// <summary>Any outcome without a branch of its own.</summary>
    public const string Else = "else";

    /// <summary>The slot from whose day the mail window is counted.</summary>
    public const string MailWindowSlot = "asked-on";

    public static FrozenDictionary<string, ImmutableArray<string>> Outcomes { get; } = new Dictionary<string, ImmutableArray<string>>(StringComparer.Ordinal)
    {
        [OptedOut] = ["yes", "no"],
        [HelpDesk] = ["open", "closed"],
        [Number] = ["yes", "no"],
        [Channel] = ["web", "voice", "sms"],
        [MailWindow] = ["early", "due", "late", "expired"],
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
