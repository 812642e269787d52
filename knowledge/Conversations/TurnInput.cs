namespace SupportBot.Knowledge.Conversations;

/// <summary>What one turn brings, whatever the channel.</summary>
public abstract record TurnInput
{
    TurnInput()
    {
    }

    /// <summary>The conversation begins: a page opened the chat, a call came in.</summary>
    public sealed record Started : TurnInput;

    /// <summary>Words, typed or recognised.</summary>
    public sealed record Said(string Text) : TurnInput;

    /// <summary>Phone keys: 0-9, * and #.</summary>
    public sealed record Keyed(string Keys) : TurnInput;

    /// <summary>The phone line was open and nothing came.</summary>
    public sealed record Silence : TurnInput;

    /// <summary>A transfer to the help desk ended without anyone answering.</summary>
    public sealed record TransferFailed : TurnInput;

    /// <summary>A carrier's opt-out, opt-in or help word that the carrier has recognised and may have answered itself.</summary>
    /// <param name="Kind">STOP, START or HELP, as Twilio's OptOutType says.</param>
    /// <param name="Text">The message, which may be another word of that kind.</param>
    public sealed record CarrierKeyword(CarrierKeywordKind Kind, string Text) : TurnInput;
}

/// <summary>Twilio's OptOutType.</summary>
public enum CarrierKeywordKind
{
    Stop,
    Start,
    Help,
}
