using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Conversations;

/// <summary>What the engine needs to know about the world, loaded in the turn's transaction.</summary>
/// <param name="HelpDesk">Whether people are there now.</param>
/// <param name="OptedOut">The contact has opted out of our texts.</param>
/// <param name="HasNumber">The contact's phone number is known (phone and text).</param>
/// <param name="FreshReference">A random case reference, used only when this turn opens a case.</param>
/// <param name="Hint">What language models said about the words of this turn, asked before the transaction; null when none was asked or answered.</param>
public sealed record Situation(HelpDeskStatus HelpDesk, bool OptedOut, bool HasNumber, CaseReference FreshReference, SemanticHint? Hint = null);

/// <summary>Whether the help desk is open, and whether calls can be put through.</summary>
public sealed record HelpDeskStatus(bool IsOpen, bool CanTransfer);
