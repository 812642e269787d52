using System.Collections.Immutable;
using System.Text.Json.Serialization;
using SupportBot.Knowledge.Troubleshooting;

namespace SupportBot.Knowledge.Conversations;

/// <summary>Where a person is. Saved as a whole after each turn; holds no phone number and nothing that was typed.</summary>
public sealed record Conversation
{
    public required ConversationId Id { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required Channel Channel { get; init; }

    public Language Language { get; init; }

    public Agency Agency { get; init; }

    /// <summary>Turns taken so far; also the version of the row.</summary>
    public int Turns { get; init; }

    /// <summary>Entries in the transcript so far; the web's watermark.</summary>
    public int Entries { get; init; }

    /// <summary>Time of the last of them.</summary>
    public DateTimeOffset LastEntryAt { get; init; }

    public Pending Pending { get; init; } = new Pending.Open();

    /// <summary>For "repeat".</summary>
    public Reply LastReply { get; init; } = Reply.Nothing;

    /// <summary>For "back": the places before this one, latest last.</summary>
    public ImmutableArray<Place> Earlier { get; init; } = [];

    /// <summary>Slug of the last answer; null before the first.</summary>
    public string? LastAnswer { get; init; }

    /// <summary>Misses in a row; silence is counted apart.</summary>
    public int NoMatches { get; init; }

    public int NoInputs { get; init; }

    /// <summary>How much slower than normal the phone voice speaks: 0, 1 or 2 steps.</summary>
    public int Slowness { get; init; }

    /// <summary>The person asked for time: silence does not count.</summary>
    public bool Waiting { get; init; }

    /// <summary>Which agency was asked for once already.</summary>
    public bool AgencyAsked { get; init; }

    /// <summary>The case opened in this conversation; null when there is none.</summary>
    public string? CaseReference { get; init; }

    /// <summary>The case is only kept so that the person can go on later; nobody at the help desk waits for it.</summary>
    public bool CaseIsKept { get; init; }

    /// <summary>Wrong last digits told for a case on the web.</summary>
    public int ProofTries { get; init; }

    /// <summary>What is known of the person's situation, by slot: a value, or a day.</summary>
    public ImmutableSortedDictionary<string, string> Known { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The way through trouble that the person is on; null when on none.</summary>
    public Walk? Walk { get; init; }

    /// <summary>Ways left for another topic or for later, latest last.</summary>
    public ImmutableArray<Walk> Paused { get; init; } = [];

    /// <summary>What was tried and how it went, <c>flow/step outcome</c>, oldest first: for the help desk.</summary>
    public ImmutableArray<string> Tried { get; init; } = [];

    /// <summary>Another person who shares this phone or chat and is not speaking now; null when nobody said so.</summary>
    public Aside? Other { get; init; }
}

/// <summary>What belongs to one person where two share a phone.</summary>
public sealed record Aside(Agency Agency, ImmutableSortedDictionary<string, string> Known, Walk? Walk, ImmutableArray<Walk> Paused, ImmutableArray<string> Tried);

/// <summary>A point to come back to.</summary>
public sealed record Place(Pending Pending, Reply Reply, string? LastAnswer, Walk? Walk, ImmutableSortedDictionary<string, string> Known, ImmutableArray<string> Tried);

/// <summary>The question that the next turn may answer.</summary>
[JsonDerivedType(typeof(Open), "open")]
[JsonDerivedType(typeof(Menu), "menu")]
[JsonDerivedType(typeof(WhichAgency), "which-agency")]
[JsonDerivedType(typeof(AfterAnswer), "after-answer")]
[JsonDerivedType(typeof(OfferPerson), "offer-person")]
[JsonDerivedType(typeof(Greeted), "greeted")]
[JsonDerivedType(typeof(AtStep), "at-step")]
[JsonDerivedType(typeof(OfferResume), "offer-resume")]
[JsonDerivedType(typeof(OfferSteps), "offer-steps")]
[JsonDerivedType(typeof(OfferText), "offer-text")]
[JsonDerivedType(typeof(ProveContact), "prove-contact")]
[JsonDerivedType(typeof(Code), "code")]
public abstract record Pending
{
    Pending()
    {
    }

    /// <summary>Any question.</summary>
    public sealed record Open : Pending;

    /// <summary>The greeting was said last, and offered Spanish by the key 2.</summary>
    public sealed record Greeted : Pending;

    /// <summary>One of these entries, or something else (the number after the last).</summary>
    public sealed record Menu(ImmutableArray<string> Slugs) : Pending;

    /// <summary>Social Security or OPM; each has its own answer.</summary>
    public sealed record WhichAgency(string Ssa, string Opm) : Pending;

    /// <summary>An answer was given: did it help, is more wanted.</summary>
    public sealed record AfterAnswer(string Slug, ImmutableArray<AfterAnswerChoice> Choices) : Pending;

    /// <summary>Shall the help desk take over: yes or no.</summary>
    public sealed record OfferPerson(Escalations.EscalationReason Reason) : Pending;

    /// <summary>The step at which the walk waits.</summary>
    public sealed record AtStep : Pending;

    /// <summary>Shall we go on with what was left: yes or no.</summary>
    public sealed record OfferResume : Pending;

    /// <summary>The answer did not help: step by step, or a person.</summary>
    public sealed record OfferSteps(string Flow) : Pending;

    /// <summary>Shall the steps be sent as a text: yes or no.</summary>
    public sealed record OfferText : Pending;

    /// <summary>What is to be done about the code that was sent to the person.</summary>
    public sealed record Code(ImmutableArray<CodeChoice> Choices) : Pending;

    /// <summary>The last digits of the number that a case belongs to.</summary>
    public sealed record ProveContact(string Reference) : Pending;
}

/// <summary>What may be picked after an answer.</summary>
public enum AfterAnswerChoice
{
    More,
    TextMe,
    Helped,
    NotHelped,
    HelpDesk,
    Steps,
    Resume,
}

/// <summary>What may be done about a code.</summary>
public enum CodeChoice
{
    Text,
    Call,
    Mail,
    Email,
    Cancel,
    Keep,
    HelpDesk,

    /// <summary>Back to the steps.</summary>
    Resume,
}
