using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Escalations;

namespace SupportBot.Knowledge.Conversations;

/// <summary>A consequence of a turn. Each becomes rows in the transaction of the turn; what touches a network is a delivery row.</summary>
public abstract record Effect
{
    Effect()
    {
    }

    /// <summary>The contact of this conversation no longer takes, or takes again, our texts. Opting out cancels what is queued.</summary>
    public sealed record RecordConsent(ConsentState State, string Words, ConsentMeans Means) : Effect;

    /// <summary>A new case for the help desk.</summary>
    /// <param name="Reference">Its name.</param>
    /// <param name="Reason">Why; <see cref="EscalationReason.Later"/> keeps it without anybody waiting.</param>
    /// <param name="Summary">What is known and what was tried, for the help desk.</param>
    public sealed record OpenEscalation(CaseReference Reference, EscalationReason Reason, string Summary) : Effect;

    /// <summary>More about a case that is there; one that was only kept is opened for good.</summary>
    public sealed record UpdateEscalation(CaseReference Reference, EscalationReason Reason, string Summary) : Effect;

    /// <summary>Somebody who names a case did not know the last digits of its number; after a few, nobody may try any more.</summary>
    public sealed record RecordWrongProof(CaseReference Reference) : Effect;

    /// <summary>This conversation goes on with a case that was opened in another.</summary>
    public sealed record JoinEscalation(CaseReference Reference) : Effect;

    /// <summary>A text to the contact of this conversation, asked for by the person. Not written when the contact has opted out.</summary>
    public sealed record SendText(string Body) : Effect;

    /// <summary>A new code under the same id, to the contact that the sign-in system gave; the one before no longer works.</summary>
    /// <param name="Passcode">Its id.</param>
    /// <param name="Way">How it goes out.</param>
    /// <param name="After">A call to the phone that is talking to us waits until the line is free.</param>
    public sealed record SendCodeAgain(string Passcode, DeliveryChannel Way, TimeSpan After) : Effect;

    /// <summary>The person never asked for the code: it is voided, and its owner is told.</summary>
    public sealed record DisavowCode(string Passcode) : Effect;

    /// <summary>Whether the last answer helped.</summary>
    public sealed record RecordFeedback(string Slug, bool Helped) : Effect;
}
