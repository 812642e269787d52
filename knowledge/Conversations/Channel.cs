namespace SupportBot.Knowledge.Conversations;

/// <summary>How a person reaches us. Chooses the wording (written, spoken, text) and what a reply may hold.</summary>
public enum Channel
{
    Web,
    Voice,
    Sms,
}

/// <summary>Languages with content of their own; nothing is translated at run time.</summary>
public enum Language
{
    En,
    Es,
}

/// <summary>Whose sign-in a conversation is about. Both agencies move people to Login.gov, with different rules.</summary>
public enum Agency
{
    Unknown,
    Ssa,
    Opm,
}
