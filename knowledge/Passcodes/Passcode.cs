using System.Collections.Immutable;
using System.Diagnostics;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;

namespace SupportBot.Knowledge.Passcodes;

/// <summary>Whether a code can still be used. Every state but the first is final.</summary>
public enum PasscodeState
{
    Live,
    Accepted,
    Expired,

    /// <summary>A newer code for the same account and purpose took its place.</summary>
    Superseded,

    /// <summary>Taken back: by the sign-in system, or by the person, who did not ask for it.</summary>
    Voided,

    /// <summary>Ended by too many wrong tries.</summary>
    Locked,
}

/// <summary>What a typed code is.</summary>
public enum CodeMatch
{
    None,
    Current,

    /// <summary>A code of the same passcode that a resend replaced.</summary>
    Former,
}

/// <summary>What came of trying a code.</summary>
public abstract record PasscodeCheck
{
    PasscodeCheck()
    {
    }

    /// <summary>Right, and used up by this.</summary>
    public sealed record Accepted : PasscodeCheck;

    public sealed record Wrong(int AttemptsLeft) : PasscodeCheck;

    public sealed record Expired : PasscodeCheck;

    /// <summary>It was accepted before.</summary>
    public sealed record Used : PasscodeCheck;

    /// <summary>A newer code took its place.</summary>
    /// <param name="AttemptsLeft">For the newer code when it has the same id; otherwise zero.</param>
    public sealed record Superseded(int AttemptsLeft) : PasscodeCheck;

    public sealed record Voided : PasscodeCheck;

    /// <summary>Too many wrong tries.</summary>
    /// <param name="Until">When the account may try again; null when this code has ended for good.</param>
    public sealed record Locked(DateTimeOffset? Until) : PasscodeCheck;
}

/// <summary>A code without its digits: only their keyed hash is known here.</summary>
public sealed record Passcode
{
    public required string Id { get; init; }

    /// <summary>Name of the API key that asked for it; nobody else sees it.</summary>
    public required string Owner { get; init; }

    public required PasscodeKind Kind { get; init; }

    /// <summary>Keyed fingerprint of owner and account.</summary>
    public required string Account { get; init; }

    public required Language Language { get; init; }

    /// <summary>Domain of the page that the code is typed into; empty when no text or e-mail was allowed.</summary>
    public required string SiteHost { get; init; }

    /// <summary>In the order in which they are tried; each at most once for one code.</summary>
    public required ImmutableArray<DeliveryChannel> Channels { get; init; }

    /// <summary>Counts resends: each is a new code under the same id.</summary>
    public int Generation { get; init; } = 1;

    public required PasscodeHash Hash { get; init; }

    public PasscodeState State { get; init; } = PasscodeState.Live;

    /// <summary>Neither a resend nor a newer code resets it.</summary>
    public int WrongTries { get; init; }

    public int Resends { get; init; }

    /// <summary>Issue or last resend.</summary>
    public required DateTimeOffset LastSentAt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The state that holds now: expiry needs no clean-up to be true.</summary>
    public PasscodeState StateAt(DateTimeOffset now) => State == PasscodeState.Live && now >= ExpiresAt ? PasscodeState.Expired : State;

    /// <summary>One try.</summary>
    /// <param name="match">What the typed code is.</param>
    /// <param name="earlier">When wrong codes were tried on the account, whatever they were for.</param>
    /// <returns>The answer, and the passcode as it is afterwards; one more wrong try when its count is higher.</returns>
    public (PasscodeCheck Check, Passcode After) Try(CodeMatch match, ImmutableArray<DateTimeOffset> earlier, PasscodeOptions options, DateTimeOffset now)
    {
        var most = options.For(Kind).WrongTries;
        switch (StateAt(now))
        {
            case PasscodeState.Accepted:
                return (new PasscodeCheck.Used(), this);
            case PasscodeState.Expired:
                return (new PasscodeCheck.Expired(), End(PasscodeState.Expired, ExpiresAt));
            case PasscodeState.Superseded:
                return (new PasscodeCheck.Superseded(0), this);
            case PasscodeState.Voided:
                return (new PasscodeCheck.Voided(), this);
            case PasscodeState.Locked:
                return (new PasscodeCheck.Locked(null), this);
            case PasscodeState.Live when AccountTries.LockedUntil(earlier, options, now) is { } until:
                return (new PasscodeCheck.Locked(until), this);
            case PasscodeState.Live when match == CodeMatch.Current:
                return (new PasscodeCheck.Accepted(), End(PasscodeState.Accepted, now));
            case PasscodeState.Live when match == CodeMatch.Former:
                return (new PasscodeCheck.Superseded(most - WrongTries), this);
            case PasscodeState.Live:
                var after = this with { WrongTries = WrongTries + 1 };
                if (after.WrongTries >= most)
                {
                    return (new PasscodeCheck.Locked(null), after.End(PasscodeState.Locked, now));
                }

                return AccountTries.LockedUntil(earlier.Add(now), options, now) is { } lockedUntil
                    ? (new PasscodeCheck.Locked(lockedUntil), after)
                    : (new PasscodeCheck.Wrong(most - after.WrongTries), after);
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Ended, once: a state that is final already stays.</summary>
    public Passcode End(PasscodeState state, DateTimeOffset at) => State == PasscodeState.Live ? this with { State = state, EndedAt = at } : this;
}

/// <summary>Wrong tries on an account.</summary>
public static class AccountTries
{
    /// <summary>Until when the account is locked; null when it is not.</summary>
    /// <param name="tries">When wrong codes were tried, in any order.</param>
    public static DateTimeOffset? LockedUntil(ImmutableArray<DateTimeOffset> tries, PasscodeOptions options, DateTimeOffset now)
    {
        // A clock that was set back must not free an account: tries "in the future" count.
        var recent = tries.Where(at => at > now - options.AccountWindow).ToList();
        if (recent.Count < options.AccountWrongTries)
        {
            return null;
        }

        var doublings = Math.Min(recent.Count - options.AccountWrongTries, 20);
        var until = recent.Max() + options.AccountLock * Math.Pow(2, doublings);
        return until > now ? until : null;
    }
}

/// <summary>How long a person waits before a code is sent again.</summary>
public static class ResendWait
{
    static readonly TimeSpan first = TimeSpan.FromMinutes(1);
    static readonly TimeSpan longest = TimeSpan.FromMinutes(32);

    /// <summary>Nothing before the first resend, then a minute, doubling up to 32 (Auth0's growing delay).</summary>
    /// <param name="resends">How often the code was sent again so far.</param>
    public static TimeSpan After(int resends) => resends == 0 ? TimeSpan.Zero : first * Math.Pow(2, resends - 1) is var wait && wait < longest ? wait : longest;
}

/// <summary>What a delivery needs of the code that it carries.</summary>
/// <param name="SealedCode">Null when nobody may read it any more.</param>
public sealed record SealedPasscode(string Id, PasscodeKind Kind, Language Language, string SiteHost, int Generation, string? SealedCode, DateTimeOffset ExpiresAt);
