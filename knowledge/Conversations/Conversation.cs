using System.Collections.Immutable;
using System.Text.Json.Serialization;

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
}

/// <summary>A point to come back to.</summary>
public sealed record Place(Pending Pending, Reply Reply, string? LastAnswer);

/// <summary>The question that the next turn may answer.</summary>
[JsonDerivedType(typeof(Open), "open")]
[JsonDerivedType(typeof(Menu), "menu")]
[JsonDerivedType(typeof(WhichAgency), "which-agency")]
[JsonDerivedType(typeof(AfterAnswer), "after-answer")]
[JsonDerivedType(typeof(OfferPerson), "offer-person")]
[JsonDerivedType(typeof(Greeted), "greeted")]
public abstract record Pending
{
    Pending()
    {
    }

    /// <summary>Any question.</summary>
    public sealed record Open : Pending;

    /// <summary>The greeting was said; 2 is Spanish here and nowhere else.</summary>
    public sealed record Greeted : Pending;

    /// <summary>One of these entries, or something else (the number after the last).</summary>
    public sealed record Menu(ImmutableArray<string> Slugs) : Pending;

    /// <summary>Social Security or OPM; each has its own answer.</summary>
    public sealed record WhichAgency(string Ssa, string Opm) : Pending;

    /// <summary>An answer was given: did it help, is more wanted.</summary>
    public sealed record AfterAnswer(string Slug, ImmutableArray<AfterAnswerChoice> Choices) : Pending;

    /// <summary>Shall the help desk take over: yes or no.</summary>
    public sealed record OfferPerson(Escalations.EscalationReason Reason) : Pending;
}

/// <summary>What may be picked after an answer.</summary>
public enum AfterAnswerChoice
{
    More,
    TextMe,
    Helped,
    NotHelped,
    HelpDesk,
}
