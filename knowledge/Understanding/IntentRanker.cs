using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>The ranker of the service on any intent set: no words of a domain, and every label an entry.</summary>
public sealed class IntentRanker
{
    readonly Ranker ranker;

    /// <summary>Learns messages. Those out of scope are a topic that is not here.</summary>
    public IntentRanker(IEnumerable<IntentMessage> messages) =>
        ranker = new(Lexicon.Empty, [.. messages.Select(message => (message.Text, new RankedLabel(message.Label, message.IsOutOfScope ? LabelKind.Topic : LabelKind.Entry, Agency.Unknown)))]);

    /// <summary>Bytes that the model holds, about.</summary>
    public long Bytes => ranker.Bytes;

    /// <summary>Guesses the label of a message.</summary>
    public IntentGuess Guess(IntentMessage message)
    {
        var ranking = ranker.Rank(Passages.Of(message.Text), Agency.Unknown);
        var best = ranking.Candidates[0];
        return best.IsTopic
            ? new(message, ranking.Candidates.FirstOrDefault(candidate => !candidate.IsTopic).Slug ?? "", double.NegativeInfinity)
            : new(message, best.Slug, ranking.Familiarity);
    }
}
