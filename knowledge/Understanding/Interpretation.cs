using System.Collections.Frozen;
using System.Collections.Immutable;
using SupportBot.Knowledge.Escalations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>What a message means on its own, before the conversation gives it a place.</summary>
public abstract record Interpretation
{
    Interpretation()
    {
    }

    /// <summary>The meaning in the words of <c>knowledge ask</c>: a slug, or a word of a fixed list.</summary>
    public abstract string Prediction { get; }

    /// <summary>One entry answers it.</summary>
    public sealed record Answer(string Slug) : Interpretation
    {
        public override string Prediction => Slug;
    }

    /// <summary>One of a few entries answers it; the person picks.</summary>
    public sealed record Menu(ImmutableArray<string> Slugs) : Interpretation
    {
        public override string Prediction => "clarify";
    }

    /// <summary>Both agencies answer it, differently.</summary>
    public sealed record WhichAgency(string Ssa, string Opm) : Interpretation
    {
        public override string Prediction => "clarify";
    }

    /// <summary>A known topic that is not here.</summary>
    public sealed record Redirect(string Topic) : Interpretation
    {
        public override string Prediction => "redirect";
    }

    /// <summary>Nothing here answers it.</summary>
    public sealed record NotHere(NotHereReason Reason) : Interpretation
    {
        public override string Prediction => "abstain";
    }

    /// <summary>A person is wanted or needed.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Confirm">It only sounded like it: ask first.</param>
    public sealed record HelpDesk(EscalationReason Reason, bool Confirm) : Interpretation
    {
        public override string Prediction => "handoff";
    }

    /// <summary>Something that comes before any answer.</summary>
    /// <param name="Kind">Which.</param>
    /// <param name="Rest">What else the message asks, once private data is masked; null when nothing is left or nothing else may be answered.</param>
    public sealed record Safety(SafetyKind Kind, Interpretation? Rest) : Interpretation
    {
        public override string Prediction => "safety";
    }

    /// <summary>A word about the conversation itself.</summary>
    public sealed record Command(CommandKind Kind) : Interpretation
    {
        public override string Prediction => RouterOutcome.NameOf(Kind);
    }

    /// <summary>Courtesy; the value is a prompt key.</summary>
    public sealed record Smalltalk(string PromptKey) : Interpretation
    {
        public override string Prediction => "smalltalk";
    }
}

public enum NotHereReason
{
    Unknown,
    Gibberish,
    Injection,
}

public enum SafetyKind
{
    Crisis,
    Threat,
    Scam,
    UnaskedCode,
    PrivateData,
}

/// <summary>Words about the conversation itself, the same on every channel (where a channel can carry them out).</summary>
public enum CommandKind
{
    Repeat,
    Slower,
    Louder,
    Wait,
    Back,
    Restart,
    Rephrase,
    Menu,
    Help,
    OptOut,
    OptIn,
    Spanish,
    English,
    Yes,
    No,
    End,
    CaseNumber,
}

/// <summary>The outcomes that a router rule may name.</summary>
public static class RouterOutcome
{
    static readonly FrozenDictionary<string, Func<Interpretation>> meanings = new Dictionary<string, Func<Interpretation>>(StringComparer.Ordinal)
    {
        ["safety/crisis"] = () => new Interpretation.Safety(SafetyKind.Crisis, null),
        ["safety/threat"] = () => new Interpretation.Safety(SafetyKind.Threat, null),
        ["safety/scam"] = () => new Interpretation.Safety(SafetyKind.Scam, null),
        ["safety/unasked-code"] = () => new Interpretation.Safety(SafetyKind.UnaskedCode, null),
        ["safety/private-data"] = () => new Interpretation.Safety(SafetyKind.PrivateData, null),
        ["handoff/asked"] = () => new Interpretation.HelpDesk(EscalationReason.Asked, Confirm: false),
        ["handoff/confirm"] = () => new Interpretation.HelpDesk(EscalationReason.Asked, Confirm: true),
        ["handoff/compromise"] = () => new Interpretation.HelpDesk(EscalationReason.Compromise, Confirm: false),
        ["abstain/injection"] = () => new Interpretation.NotHere(NotHereReason.Injection),
        ["abstain/gibberish"] = () => new Interpretation.NotHere(NotHereReason.Gibberish),
        ["abstain/not-here"] = () => new Interpretation.NotHere(NotHereReason.Unknown),
        ["smalltalk/hello"] = () => new Interpretation.Smalltalk(Content.Prompts.SmalltalkHello),
        ["smalltalk/thanks"] = () => new Interpretation.Smalltalk(Content.Prompts.SmalltalkThanks),
        ["smalltalk/robot"] = () => new Interpretation.Smalltalk(Content.Prompts.SmalltalkRobot),
        ["smalltalk/how-are-you"] = () => new Interpretation.Smalltalk(Content.Prompts.SmalltalkHowAreYou),
        ["smalltalk/upset"] = () => new Interpretation.Smalltalk(Content.Prompts.SmalltalkUpset),
        ["smalltalk/about"] = () => new Interpretation.Smalltalk(Content.Prompts.SmalltalkAbout),
    }.Concat(Enum.GetValues<CommandKind>().Select(kind =>
        KeyValuePair.Create<string, Func<Interpretation>>($"command/{NameOf(kind)}", () => new Interpretation.Command(kind))))
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every outcome that a rule may name.</summary>
    public static IReadOnlyCollection<string> All => meanings.Keys;

    public static Interpretation MeaningOf(string outcome) => meanings[outcome]();

    /// <summary>The name of a command in rules and predictions.</summary>
    public static string NameOf(CommandKind kind) => kind switch
    {
        CommandKind.OptOut => "opt-out",
        CommandKind.OptIn => "opt-in",
        CommandKind.Spanish => "lang-es",
        CommandKind.English => "lang-en",
        CommandKind.CaseNumber => "case-number",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
