using System.Collections.Frozen;

namespace SupportBot.Knowledge.Understanding;

/// <summary>BM25 over single phrasings; the best phrasing of a label speaks for it. Tells how near a message is to anything known.</summary>
public sealed class PhrasingIndex
{
    const float Saturation = 1.2f;
    const float LengthWeight = 0.6f;

    readonly FrozenDictionary<string, (float Idf, (int Phrasing, float Count)[] Postings)> index;
    readonly int[] labelOf;
    readonly float[] norm;
    readonly int labelCount;
    readonly float unknownIdf;

    public PhrasingIndex(IReadOnlyList<string[]> phrasings, IReadOnlyList<int> labels, int labelCount)
    {
        this.labelCount = labelCount;
        labelOf = [.. labels];
        var average = phrasings.Count == 0 ? 1 : (float)phrasings.Average(tokens => tokens.Length);
        norm = [.. phrasings.Select(tokens => Saturation * (1 - LengthWeight + (LengthWeight * tokens.Length / average)))];
        index = phrasings
            .SelectMany((tokens, number) => tokens.GroupBy(token => token, StringComparer.Ordinal).Select(group => (Token: group.Key, Phrasing: number, Count: (float)group.Count())))
            .GroupBy(posting => posting.Token, StringComparer.Ordinal)
            .ToFrozenDictionary(
                group => group.Key,
                group => (IdfOf(phrasings.Count, group.Count()), group.Select(posting => (posting.Phrasing, posting.Count)).ToArray()),
                StringComparer.Ordinal);
        unknownIdf = IdfOf(phrasings.Count, 0);
    }

    public bool Knows(string token) => index.ContainsKey(token);

    /// <summary>Best score of each label, and the share of the message's weight that the index knows (0 to 1).</summary>
    public (float[] Scores, float Coverage) Score(IReadOnlyCollection<string> tokens)
    {
        var byPhrasing = new float[labelOf.Length];
        var known = 0f;
        var all = 0f;
        foreach (var token in tokens.Distinct(StringComparer.Ordinal))
        {
            if (!index.TryGetValue(token, out var entry))
            {
                all += unknownIdf;
                continue;
            }

            known += entry.Idf;
            all += entry.Idf;
            foreach (var (phrasing, count) in entry.Postings)
            {
                byPhrasing[phrasing] += entry.Idf * count * (Saturation + 1) / (count + norm[phrasing]);
            }
        }

        var best = new float[labelCount];
        for (var phrasing = 0; phrasing < byPhrasing.Length; phrasing++)
        {
            ref var score = ref best[labelOf[phrasing]];
            score = Math.Max(score, byPhrasing[phrasing]);
        }

        return (best, all == 0 ? 0 : known / all);
    }

    static float IdfOf(int count, int occurrences) => MathF.Log(1 + ((count - occurrences + 0.5f) / (occurrences + 0.5f)));
}
