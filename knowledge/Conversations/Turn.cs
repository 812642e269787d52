using System.Collections.Immutable;

namespace SupportBot.Knowledge.Conversations;

/// <summary>Everything that one input changes.</summary>
/// <param name="State">The conversation after the turn.</param>
/// <param name="Reply">What the person is told.</param>
/// <param name="Effects">What happens besides.</param>
/// <param name="Heard">What the person said, redacted, for the transcript; null when nothing was said.</param>
/// <param name="Outcome">What it was taken for, in the words of <c>knowledge ask</c>.</param>
/// <param name="Visited">Steps of flows that the turn went through, <c>flow/step</c>.</param>
public sealed record Turn(Conversation State, Reply Reply, ImmutableArray<Effect> Effects, string? Heard, string Outcome, ImmutableArray<string> Visited);
