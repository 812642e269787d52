using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Conversations;

/// <summary>One conversation with the engine alone, on the sample content.</summary>
sealed class Talk
{
    static readonly ConversationEngine sample = new(SampleContent.Library);

    readonly ConversationEngine engine;

    internal const string Bread = "how to bake a sourdough bread loaf in the oven";
    internal const string Fence = "which brush paints the wooden garden fence green";
    internal const string Boat = "when does the harbour sail the little boat westward";
    internal const string Kite = "which string flies the paper kite highest today";
    internal const string Piano = "tunes old grand piano strings";

    internal Talk(Channel channel, Agency agency = Agency.Unknown, ConversationEngine? engine = null)
    {
        this.engine = engine ?? sample;
        State = new() { Id = new("talk"), Channel = channel, Agency = agency };
        HasNumber = channel != Channel.Web;
    }

    internal Conversation State { get; private set; }

    internal bool OptedOut { get; set; }

    internal bool HasNumber { get; set; }

    /// <summary>The case that messages name.</summary>
    internal CaseOnFile? Case { get; set; }

    /// <summary>The latest code for the contact.</summary>
    internal CodeOnFile? Code { get; set; }

    internal HelpDeskStatus HelpDesk { get; set; } = new(IsOpen: true, CanTransfer: false);

    internal Turn Last { get; private set; } = null!;

    /// <summary>Everything that was answered to the last input, in one line.</summary>
    internal string Answer => string.Join(" / ", Last.Reply.Messages.Select(message => message.PlainText));

    internal Talk Start() => Take(new TurnInput.Started());

    internal Talk Say(string text) => Take(new TurnInput.Said(text));

    internal Talk Key(string keys) => Take(new TurnInput.Keyed(keys));

    internal Talk Silence() => Take(new TurnInput.Silence());

    internal Talk Take(TurnInput input)
    {
        var situation = new Situation(HelpDesk, OptedOut, HasNumber, new($"C-0000 {State.Turns:D4}"), new(2026, 11, 16), Case, Code: Code);
        Last = engine.Take(State, input, situation, ManualTime.WorkingDay);
        State = Last.State;
        return this;
    }
}
