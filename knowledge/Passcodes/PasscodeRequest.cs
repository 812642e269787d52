using System.Collections.Immutable;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Limits;

namespace SupportBot.Knowledge.Passcodes;

/// <summary>What a sign-in system asks for; checked at the edge.</summary>
/// <param name="Owner">Name of its API key.</param>
/// <param name="Account">As the owner names it; only a fingerprint is kept.</param>
/// <param name="Channels">In the order to be tried; at least one, all allowed and reachable.</param>
/// <param name="SiteHost">Empty when no channel needs it.</param>
public sealed record PasscodeRequest(
    string Owner, PasscodeKind Kind, string Account, PasscodeContact Contact, ImmutableArray<DeliveryChannel> Channels, Language Language, string SiteHost);

/// <summary>Names one request, however often it is made. Both are fingerprints.</summary>
/// <param name="Key">Of the caller's Idempotency-Key.</param>
/// <param name="Request">Of everything that was asked for.</param>
public sealed record IdempotencyKey(string Key, string Request);

/// <summary>A passcode as its owner may see it.</summary>
/// <param name="State">queued, sent, delivered, undeliverable, accepted, expired, voided, locked.</param>
/// <param name="Channel">Of the delivery that counts now; the first wanted when none was possible.</param>
public sealed record PasscodeSummary(string Id, PasscodeKind Kind, string State, DeliveryChannel Channel, DateTimeOffset ExpiresAt);

/// <summary>One line of what became of a passcode.</summary>
/// <param name="Channel">Null for what happened to the code itself.</param>
/// <param name="Reason">Null where nothing needs explaining.</param>
public sealed record PasscodeEvent(DateTimeOffset At, DeliveryChannel? Channel, string State, string? Reason);

/// <summary>A passcode with its story, oldest first.</summary>
public sealed record PasscodeStory(PasscodeSummary Summary, ImmutableArray<PasscodeEvent> Timeline);

/// <summary>What came of asking for a passcode.</summary>
public abstract record IssueOutcome
{
    IssueOutcome()
    {
    }

    /// <param name="Answer">As rendered, and kept for repetitions.</param>
    public sealed record Issued(PasscodeSummary Passcode, string Answer) : IssueOutcome;

    /// <summary>The same request was answered before.</summary>
    public sealed record Repeated(string Answer) : IssueOutcome;

    /// <summary>The key was used for another request.</summary>
    public sealed record OtherRequest : IssueOutcome;

    public sealed record Limited(LimitReached Limit) : IssueOutcome;
}

/// <summary>What came of asking for a passcode to be sent again.</summary>
public abstract record ResendOutcome
{
    ResendOutcome()
    {
    }

    public sealed record Resent(PasscodeSummary Passcode) : ResendOutcome;

    public sealed record Unknown : ResendOutcome;

    /// <summary>It was used, voided, locked, replaced, or is over.</summary>
    public sealed record Ended(PasscodeState State) : ResendOutcome;

    /// <summary>Not allowed for this kind, or the contact lacks what it needs.</summary>
    public sealed record NotThere(DeliveryChannel Channel) : ResendOutcome;

    public sealed record Limited(LimitReached Limit) : ResendOutcome;
}
