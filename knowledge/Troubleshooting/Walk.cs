using System.Collections.Immutable;
using SupportBot.Knowledge.Passcodes;

namespace SupportBot.Knowledge.Troubleshooting;

/// <summary>Where a person is on a way through trouble. Part of the conversation; nothing that was typed is in it.</summary>
public sealed record Walk
{
    /// <summary>The flow that began; others may have been entered since.</summary>
    public required string Began { get; init; }

    /// <summary>The flow of the step that waits.</summary>
    public required string Flow { get; init; }

    /// <summary>The step that waits: it asks or instructs.</summary>
    public required string Step { get; init; }

    /// <summary>Every step passed, <c>flow/step</c>, oldest first, without the one that waits.</summary>
    public ImmutableArray<string> Trail { get; init; } = [];

    /// <summary>Steps at which it has waited, each once.</summary>
    public ImmutableArray<string> Seen { get; init; } = [];

    /// <summary>Turns since a step was reached that had not been seen before.</summary>
    public int Idle { get; init; }

    internal FlowBook.Place At => new(Flow, Step);
}

/// <summary>What a walk may look at besides its own place.</summary>
/// <param name="Known">Slots by name: a value, or a day for slots that keep one.</param>
/// <param name="Today">Where the person is.</param>
/// <param name="OptedOut">The contact has opted out of our texts.</param>
/// <param name="HelpDeskOpen">Now.</param>
/// <param name="HasNumber">The contact's number is known.</param>
/// <param name="Channel">Where the conversation runs.</param>
/// <param name="TakesTexts">A text may be promised to the contact.</param>
/// <param name="Code">The latest code for the contact; null when there is none.</param>
public sealed record Circumstances(
    ImmutableSortedDictionary<string, string> Known, LocalDay Today, bool OptedOut, bool HelpDeskOpen, bool HasNumber, Conversations.Channel Channel, bool TakesTexts,
    CodeOnFile? Code);

/// <summary>How far a walk went in one go.</summary>
/// <param name="Walk">The place where it waits now, or the last one before it ended.</param>
/// <param name="At">The step that waits, or the end.</param>
/// <param name="Passed">Steps that said or did something on the way, in order.</param>
/// <param name="Visited">Every place from where it went on to where it is now, <c>flow/step</c>.</param>
public sealed record Stop(Walk Walk, Step At, ImmutableArray<Step> Passed, ImmutableArray<string> Visited);
