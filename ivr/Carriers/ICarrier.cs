using System.Collections.Immutable;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;

namespace SupportBot.Ivr.Carriers;

/// <summary>Whoever takes texts and calls to phones: Twilio, or the simulated carrier while no account is configured.</summary>
public interface ICarrier
{
    /// <summary>Hands over one text, once. Never throws for what a carrier may do; a cancelled token may leave the text handed over.</summary>
    Task<CarrierAnswer> SendTextAsync(OutboundText text, CancellationToken cancellationToken);

    /// <summary>Asks for one call, once. As <see cref="SendTextAsync"/>.</summary>
    Task<CarrierAnswer> PlaceCallAsync(OutboundCall call, CancellationToken cancellationToken);

    /// <summary>What the carrier has on its list for a number around the time of an attempt, oldest first. Null when it could not be asked.</summary>
    Task<ImmutableArray<CarrierFinding>?> LookUpAsync(LookUp attempt, CancellationToken cancellationToken);
}

/// <summary>A text as the carrier gets it.</summary>
/// <param name="Attempt">Our name for it; the carrier does not need it.</param>
/// <param name="To">The person.</param>
/// <param name="From">Our number in E.164, a short code, or a messaging service (<c>MG…</c>).</param>
/// <param name="Body">The words.</param>
/// <param name="StatusCallback">Absolute address to which the carrier reports, signed.</param>
/// <param name="Validity">After this the words are of no use: the carrier then drops what still waits in its queue.</param>
public sealed record OutboundText(string Attempt, PhoneNumber To, string From, string Body, string StatusCallback, TimeSpan Validity);

/// <summary>A call as the carrier gets it. What is said is asked for at <paramref name="Url"/> when somebody answers.</summary>
/// <param name="FallbackUrl">Asked when that address fails.</param>
public sealed record OutboundCall(string Attempt, PhoneNumber To, string From, string Url, string FallbackUrl, string StatusCallback);

/// <summary>A text or call on the carrier's list.</summary>
/// <param name="Status">In the carrier's word.</param>
public sealed record CarrierFinding(string Sid, string Status, int? ErrorCode);

/// <summary>What came of handing a text over.</summary>
public abstract record CarrierAnswer
{
    CarrierAnswer()
    {
    }

    /// <summary>The carrier has it; what follows comes to the status callback.</summary>
    public sealed record Accepted(string Sid) : CarrierAnswer;

    /// <summary>The carrier will not carry it out.</summary>
    /// <param name="ErrorCode">Twilio's error code (five digits), or the HTTP status where the answer held none.</param>
    public sealed record Refused(int ErrorCode) : CarrierAnswer;

    /// <summary>Certainly not carried out: may be handed over again after a while.</summary>
    public sealed record Busy(TimeSpan RetryAfter) : CarrierAnswer;

    /// <summary>No answer, or none that can be read. It may have been carried out, so it is not handed over again; a status callback settles it.</summary>
    public sealed record Unknown : CarrierAnswer;
}
