using SupportBot.Knowledge.Consents;
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

    /// <summary>A case for the help desk.</summary>
    public sealed record OpenEscalation(CaseReference Reference, EscalationReason Reason) : Effect;

    /// <summary>A text to the contact of this conversation, asked for by the person. Not written when the contact has opted out.</summary>
    public sealed record SendText(string Body) : Effect;

    /// <summary>Whether the last answer helped.</summary>
    public sealed record RecordFeedback(string Slug, bool Helped) : Effect;
}
