using SupportBot.Knowledge.Escalations;

namespace SupportBot.Knowledge.Conversations;

/// <summary>What the engine needs to know about the world, loaded in the turn's transaction.</summary>
/// <param name="HelpDesk">Whether people are there now.</param>
/// <param name="OptedOut">The contact has opted out of our texts.</param>
/// <param name="HasNumber">The contact's phone number is known (phone and text).</param>
/// <param name="FreshReference">A random case reference, used only when this turn opens a case.</param>
public sealed record Situation(HelpDeskStatus HelpDesk, bool OptedOut, bool HasNumber, CaseReference FreshReference);

/// <summary>Whether the help desk is open, and whether calls can be put through.</summary>
public sealed record HelpDeskStatus(bool IsOpen, bool CanTransfer);
