using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;

namespace SupportBot.Knowledge.Understanding;

/// <summary>BM25 over single phrasings; the best phrasing of a label speaks for it. Tells how near a message is to anything known.</summary>
public sealed class PhrasingIndex
{
    const float Saturation = 1.2f;
    const float LengthWeight = 0.6f;

    readonly ConcurrentBag<Scratch> scratches = [];
    readonly Dictionary<string, int> tokens = new(StringComparer.Ordinal);
    readonly float[] idf;
    readonly Posting[][] postings;
    readonly float unknownIdf;

    /// <summary>Place of the first phrasing of each label, then the count of all places: phrasings are kept by label, and each label fills whole vectors.</summary>
    readonly int[] firstOf;

    /// <summary>Indexes the tokens of phrasings with the number of their label.</summary>
    public PhrasingIndex(IReadOnlyList<string[]> phrasings, IReadOnlyList<int> labels, int labelCount)
    {
        var byLabel = Enumerable.Range(0, phrasings.Count).OrderBy(number => labels[number]).ToArray();
        firstOf = new int[labelCount + 1];
        foreach (var label in labels)
        {
            firstOf[label + 1]++;
        }

        for (var label = 0; label < labelCount; label++)
        {
            firstOf[label + 1] = firstOf[label] + ((firstOf[label + 1] + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count);
        }

        var lengths = new int[firstOf[^1]];
        var next = firstOf.ToArray();
        var average = phrasings.Count == 0 ? 1 : (float)phrasings.Average(phrasing => phrasing.Length);
        var counts = new List<List<Posting>>();
        foreach (var ordered in byLabel)
        {
            var phrasing = next[labels[ordered]]++;
            lengths[phrasing] = phrasings[ordered].Length;
            foreach (var token in phrasings[ordered])
            {
                ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(tokens, token, out var isKnown);
                if (!isKnown)
                {
                    number = counts.Count;
                    counts.Add([]);
                }

                var ofToken = counts[number];
                if (ofToken.Count > 0 && ofToken[^1].Phrasing == phrasing)
                {
                    ofToken[^1] = new(phrasing, ofToken[^1].Weight + 1);
                }
                else
                {
                    ofToken.Add(new(phrasing, 1));
                }
            }
        }

        idf = [.. counts.Select(ofToken => IdfOf(phrasings.Count, ofToken.Count))];
        unknownIdf = IdfOf(phrasings.Count, 0);
        postings = [.. counts.Select((ofToken, token) => ofToken.Select(posting => posting with { Weight = WeightOf(token, posting) }).ToArray())];

        float WeightOf(int token, Posting posting)
        {
            var norm = Saturation * (1 - LengthWeight + (LengthWeight * lengths[posting.Phrasing] / average));
            return idf[token] * posting.Weight * (Saturation + 1) / (posting.Weight + norm);
        }
    }

    /// <summary>Bytes that the index holds, about.</summary>
    public long Bytes => postings.Sum(ofToken => 24 + (8L * ofToken.Length)) + (tokens.Count * 80L);

    public bool Knows(string token) => tokens.ContainsKey(token);

    /// <summary>Writes the best score of each label, and returns the share of the message's weight that the index knows (0 to 1).</summary>
    public float Score(IEnumerable<string> message, Span<float> scores)
    {
        if (!scratches.TryTake(out var scratch))
        {
            scratch = new(firstOf[^1]);
        }

        scratch.Seen.Clear();
        scratch.ByPhrasing.AsSpan().Clear();
        var known = 0f;
        var all = 0f;
        foreach (var token in message)
        {
            if (!tokens.TryGetValue(token, out var number))
            {
                all += unknownIdf;
            }
            else if (scratch.Seen.Add(number))
            {
                known += idf[number];
                all += idf[number];
                foreach (var (phrasing, weight) in postings[number])
                {
                    scratch.ByPhrasing[phrasing] += weight;
                }
            }
        }

        for (var label = 0; label < scores.Length; label++)
        {
            scores[label] = Highest(scratch.ByPhrasing.AsSpan(firstOf[label]..firstOf[label + 1]));
        }

        scratches.Add(scratch);
        return all == 0 ? 0 : known / all;
    }

    static float Highest(ReadOnlySpan<float> scores)
    {
        var highest = Vector<float>.Zero;
        for (; scores.Length > 0; scores = scores[Vector<float>.Count..])
        {
            highest = Vector.Max(highest, new(scores));
        }

        Span<float> each = stackalloc float[Vector<float>.Count];
        highest.CopyTo(each);
        var best = 0f;
        foreach (var score in each)
        {
            best = Math.Max(best, score);
        }

        return best;
    }

    static float IdfOf(int count, int occurrences) => MathF.Log(1 + ((count - occurrences + 0.5f) / (occurrences + 0.5f)));

    readonly record struct Posting(int Phrasing, float Weight);

    sealed class Scratch(int phrasings)
    {
        public float[] ByPhrasing { get; } = new float[phrasings];

        public HashSet<int> Seen { get; } = [];
    }
}
