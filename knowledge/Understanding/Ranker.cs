using System.Collections.Frozen;
using System.Collections.Immutable;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>Orders entries and topics by how well their phrasings speak for a message (BM25 over single phrasings, best one counts).</summary>
public sealed class Ranker
{
    const double Saturation = 1.2;
    const double LengthWeight = 0.6;

    readonly LanguagePack pack;
    readonly Vocabulary vocabulary;
    readonly ImmutableArray<(string Slug, bool IsTopic, Agency Agency)> labels;
    readonly int[] labelOf;
    readonly float[] lengthOf;
    readonly FrozenDictionary<string, (float Idf, (int Phrasing, float Count)[] Postings)> index;
    readonly float averageLength;

    public Ranker(LanguagePack pack)
    {
        this.pack = pack;
        vocabulary = new(pack.Lexicon);
        labels =
        [
            .. pack.OrderedEntries.Select(entry => (entry.Slug, false, entry.Agency)),
            .. pack.OrderedTopics.Select(topic => (topic.Slug, true, Agency.Unknown)),
        ];
        var phrasings = new List<(int Label, string[] Tokens)>();
        for (var label = 0; label < labels.Length; label++)
        {
            IEnumerable<string> texts = labels[label].IsTopic
                ? pack.Topics[labels[label].Slug].Phrasings
                : [.. pack.Entries[labels[label].Slug].Phrasings, pack.Entries[labels[label].Slug].Question, pack.Entries[labels[label].Slug].Title];
            phrasings.AddRange(texts.Select(text => (label, vocabulary.Tokens(Normalizer.Fold(text)))));
        }

        labelOf = [.. phrasings.Select(phrasing => phrasing.Label)];
        lengthOf = [.. phrasings.Select(phrasing => (float)phrasing.Tokens.Length)];
        averageLength = lengthOf.Length == 0 ? 1 : lengthOf.Average();
        index = phrasings
            .SelectMany((phrasing, number) => phrasing.Tokens.GroupBy(token => token, StringComparer.Ordinal).Select(group => (Token: group.Key, Phrasing: number, Count: (float)group.Count())))
            .GroupBy(posting => posting.Token, StringComparer.Ordinal)
            .ToFrozenDictionary(
                group => group.Key,
                group => (
                    (float)Math.Log(1 + ((phrasings.Count - group.Count() + 0.5) / (group.Count() + 0.5))),
                    group.Select(posting => (posting.Phrasing, posting.Count)).ToArray()),
                StringComparer.Ordinal);
    }

    /// <summary>Whether any phrasing has the word.</summary>
    public bool Knows(string word) => index.ContainsKey(vocabulary.Stem(word));

    /// <summary>The agency whose unmistakable words are in the message; unknown for none or both.</summary>
    public Agency AgencyNamed(string folded)
    {
        var ssa = vocabulary.Shows("agency-ssa", folded);
        var opm = vocabulary.Shows("agency-opm", folded);
        return ssa == opm ? Agency.Unknown : ssa ? Agency.Ssa : Agency.Opm;
    }

    /// <summary>At least the ten best, best first. The other agency's entries stay behind when the agency is known.</summary>
    public ImmutableArray<Candidate> Rank(string folded, Agency agency)
    {
        var tokens = vocabulary.Tokens(folded);
        var scores = new float[lengthOf.Length];
        foreach (var token in tokens.Distinct(StringComparer.Ordinal))
        {
            if (!index.TryGetValue(token, out var entry))
            {
                continue;
            }

            foreach (var (phrasing, count) in entry.Postings)
            {
                var norm = Saturation * (1 - LengthWeight + (LengthWeight * lengthOf[phrasing] / averageLength));
                scores[phrasing] += (float)(entry.Idf * count * (Saturation + 1) / (count + norm));
            }
        }

        var best = new float[labels.Length];
        for (var phrasing = 0; phrasing < scores.Length; phrasing++)
        {
            best[labelOf[phrasing]] = Math.Max(best[labelOf[phrasing]], scores[phrasing]);
        }

        return
        [
            .. labels
                .Select((label, number) => new Candidate(label.Slug, label.IsTopic, best[number] * (IsOther(label.Agency, agency) ? 0.2f : 1f), string.Join(' ', tokens.Distinct(StringComparer.Ordinal).Where(index.ContainsKey))))
                .OrderByDescending(candidate => candidate.Score)
                .Take(20),
        ];
    }

    static bool IsOther(Agency entry, Agency known) => known != Agency.Unknown && entry != Agency.Unknown && entry != known;
}
