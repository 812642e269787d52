using System.Collections.Frozen;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>What language models outside say about a message. Made before the turn, so that deciding stays pure; it only weighs candidates that are there anyway.</summary>
/// <param name="Nearness">How near the message is to each entry and topic, in standard deviations from the mean of all; empty when no vectors were made.</param>
/// <param name="Choice">Slug of the entry that the chat model chose; null when it chose none or nothing usable came.</param>
public sealed record SemanticHint(IReadOnlyDictionary<string, float> Nearness, string? Choice)
{
    /// <summary>How many times likelier a standard deviation makes a candidate (natural logarithm).</summary>
    const double Weight = 0.7;

    /// <summary>The ranking with the hint weighed in. What is no question keeps its share, and so do all candidates together.</summary>
    internal Ranking Weigh(Ranking ranking)
    {
        if (Nearness.Count == 0)
        {
            return ranking;
        }

        var (highest, lowest) = (Nearness.Values.Max(), Nearness.Values.Min());
        var weighed = ranking.Candidates
            .Select(candidate => candidate with { Score = candidate.Score * Math.Exp(Weight * (Nearness.GetValueOrDefault(candidate.Slug, lowest) - highest)) })
            .ToList();
        var scale = ranking.Candidates.Sum(candidate => candidate.Score) / weighed.Sum(candidate => candidate.Score);
        return double.IsFinite(scale)
            ? ranking with { Candidates = [.. weighed.Select(candidate => candidate with { Score = candidate.Score * scale }).OrderByDescending(candidate => candidate.Score)] }
            : ranking;
    }
}

/// <summary>A message that language models may be asked about: no rule has decided it, and nothing private is in it.</summary>
/// <param name="Text">Redacted, with every longer number masked.</param>
/// <param name="Language">The language that it is read in.</param>
/// <param name="Entries">What may be chosen from.</param>
/// <param name="Read">Reads the message with a hint.</param>
public sealed record SemanticQuestion(string Text, Language Language, FrozenDictionary<string, FaqEntry> Entries, Func<SemanticHint?, Reading> Read);
