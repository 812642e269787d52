using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Troubleshooting;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Conversations;

/// <summary>What the engine needs to know about the world, loaded in the turn's transaction.</summary>
/// <param name="HelpDesk">Whether people are there now.</param>
/// <param name="OptedOut">The contact has opted out of our texts.</param>
/// <param name="HasNumber">The contact's phone number is known (phone and text).</param>
/// <param name="FreshReference">A random case reference, used only when this turn opens a case.</param>
/// <param name="Today">The day where the person is.</param>
/// <param name="Case">The case that the message names; null when it names none that exists.</param>
/// <param name="NoTextReason">Why texts do not reach the contact though it has not opted out (a landline, say); null when nothing speaks against them.</param>
/// <param name="AreTextsOut">The carrier does not take texts at present.</param>
/// <param name="Code">The latest code for this contact; null when there is none, or when it is not known to be this person's.</param>
/// <param name="Hint">What language models said about the words of this turn, asked before the transaction; null when none was asked or answered.</param>
public sealed record Situation(
    HelpDeskStatus HelpDesk, bool OptedOut, bool HasNumber, CaseReference FreshReference, LocalDay Today, CaseOnFile? Case = null, SemanticHint? Hint = null,
    string? NoTextReason = null, bool AreTextsOut = false, CodeOnFile? Code = null)
{
    /// <summary>A text may be promised.</summary>
    public bool TakesTexts => HasNumber && !OptedOut && NoTextReason is null && !AreTextsOut;
}

/// <summary>A case as somebody finds it who names its reference.</summary>
/// <param name="Reference">Its name.</param>
/// <param name="Proof">What shows that the person may hear more than the general part.</param>
/// <param name="Conversation">Where it was opened, as it stands now.</param>
public sealed record CaseOnFile(CaseReference Reference, CaseProof Proof, Conversation Conversation);

/// <summary>What shows whose case it is, besides its reference.</summary>
public enum CaseProof
{
    /// <summary>The same contact, or the same conversation.</summary>
    Given,

    /// <summary>Wrong last digits of the contact's number.</summary>
    Wrong,

    /// <summary>None yet; the case has a number whose last digits would do.</summary>
    Wanted,

    /// <summary>None, and there is no way to give one here.</summary>
    Impossible,
}

/// <summary>Whether the help desk is open, and whether calls can be put through.</summary>
public sealed record HelpDeskStatus(bool IsOpen, bool CanTransfer);
