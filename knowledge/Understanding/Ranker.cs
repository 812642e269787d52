using System.Collections.Immutable;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>Entries and topics in order, with what speaks for the order.</summary>
/// <param name="Candidates">Best first; the scores are shares of one.</param>
/// <param name="Nearness">BM25 of the best candidate's nearest phrasing: how near the message is to anything known.</param>
/// <param name="Coverage">Share of the message's weight in words that the phrasings have (0 to 1).</param>
/// <param name="Intents">What is no question, best first: the share over the whole message, and the highest in any part of it.</param>
/// <param name="Strength">The classifier's highest score: about 1 for a message like those it knows, 0 or less for anything else.</param>
/// <param name="Evidence">Words of the message that the phrasings have.</param>
public sealed record Ranking(
    ImmutableArray<Candidate> Candidates, double Nearness, double Coverage, ImmutableArray<(string Outcome, double Share, double Highest)> Intents,
    double Strength, string Evidence)
{
    /// <summary>How like the known phrasings the message is; higher is liker. Tells apart what is known and what is not, which shares of one cannot.</summary>
    public double Familiarity => Strength + (0.6 * Coverage) + (0.02 * Nearness);
}

/// <summary>An entry, or a topic that is not here, with its share.</summary>
public readonly record struct Candidate(string Slug, bool IsTopic, double Score);

/// <summary>What a message may be ranked as.</summary>
public enum LabelKind
{
    Entry,

    /// <summary>A topic that is not here.</summary>
    Topic,

    /// <summary>No question at all.</summary>
    Intent,
}

/// <summary>What messages are ranked into.</summary>
/// <param name="Slug">Of the entry or topic; the outcome of an intent.</param>
/// <param name="Kind">Which of them it is.</param>
/// <param name="Agency">Whose it is; unknown when that does not matter.</param>
public sealed record RankedLabel(string Slug, LabelKind Kind, Agency Agency);

/// <summary>Orders entries and topics by a linear classifier fused with BM25, over the whole message and its passages. Immutable, any number of threads.</summary>
public sealed class Ranker
{
    const float ClassifierShare = 0.8f;
    const float PassageShare = 0.3f;
    const float ClassifierHeat = 5;
    const float IndexHeat = 0.5f;
    const int MostEntries = 20;
    const int MostTopics = 10;
    const int MostIntents = 5;

    readonly Vocabulary vocabulary;
    readonly ImmutableArray<RankedLabel> labels;
    readonly LinearClassifier classifier;
    readonly PhrasingIndex index;

    /// <summary>Learns the phrasings of a language.</summary>
    public Ranker(LanguagePack pack)
        : this(
            pack.Lexicon,
            [
                .. pack.OrderedEntries.SelectMany(entry => TextsOf(entry).Select(text => (text, new RankedLabel(entry.Slug, LabelKind.Entry, entry.Agency)))),
                .. pack.OrderedTopics.SelectMany(topic => topic.Phrasings.Select(text => (text, new RankedLabel(topic.Slug, LabelKind.Topic, Agency.Unknown)))),
                .. pack.Intents.SelectMany(intent => intent.Phrasings.Select(text => (text, new RankedLabel(intent.Outcome, LabelKind.Intent, Agency.Unknown)))),
            ])
    {
    }

    /// <summary>Learns any texts with their labels.</summary>
    public Ranker(Lexicon lexicon, IReadOnlyList<(string Text, RankedLabel Label)> texts)
    {
        vocabulary = new(lexicon);
        labels = [.. texts.Select(text => text.Label).Distinct()];
        var numberOf = labels.Select((label, number) => KeyValuePair.Create(label, number)).ToDictionary();
        var messages = texts.Select(text => vocabulary.Read(Normalizer.Fold(text.Text))).ToArray();
        var numbers = texts.Select(text => numberOf[text.Label]).ToArray();
        classifier = new(messages, numbers, labels.Length);
        index = new([.. messages.Select(message => vocabulary.Tokens(message).ToArray())], numbers, labels.Length);
    }

    /// <summary>Bytes that the model holds, about.</summary>
    public long Bytes => classifier.Bytes + index.Bytes;

    /// <summary>Whether any phrasing has the word.</summary>
    public bool Knows(string word) => index.Knows(Vocabulary.Stem(word));

    /// <summary>The agency whose unmistakable words are in the message; unknown for none or both.</summary>
    public Agency AgencyNamed(string folded)
    {
        var concepts = vocabulary.ConceptsIn(folded);
        var ssa = concepts.Contains("agency-ssa");
        var opm = concepts.Contains("agency-opm");
        return ssa == opm ? Agency.Unknown : ssa ? Agency.Ssa : Agency.Opm;
    }

    /// <summary>Ranks a message.</summary>
    /// <param name="passages">The whole message, folded, then its parts when it has several.</param>
    /// <param name="agency">When known, the other agency's entries stay behind.</param>
    public Ranking Rank(Passages passages, Agency agency)
    {
        Wording[] wordings = [vocabulary.Read(passages.Whole), .. passages.Parts.Select(vocabulary.Read)];
        var scores = new float[wordings.Length * labels.Length];
        classifier.Score(wordings, scores);
        var shares = scores.AsSpan(..labels.Length).ToArray();
        var nearness = new float[labels.Length];
        var (coverage, strength) = Share(wordings[0], agency, shares, nearness);
        var highest = shares;
        if (!passages.Parts.IsEmpty)
        {
            var best = new float[labels.Length];
            var scratch = new float[labels.Length];
            for (var part = 1; part < wordings.Length; part++)
            {
                var ofPart = scores.AsSpan(part * labels.Length, labels.Length);
                Share(wordings[part], agency, ofPart, scratch);
                for (var label = 0; label < best.Length; label++)
                {
                    best[label] = Math.Max(best[label], ofPart[label]);
                }
            }

            highest = new float[labels.Length];
            for (var label = 0; label < shares.Length; label++)
            {
                highest[label] = Math.Max(shares[label], best[label]);
                shares[label] = ((1 - PassageShare) * shares[label]) + (PassageShare * best[label]);
            }
        }

        var candidates = ImmutableArray.CreateBuilder<Candidate>(MostEntries + MostTopics);
        var intents = ImmutableArray.CreateBuilder<(string Outcome, double Share, double Highest)>(MostIntents);
        var (entries, topics, nearest) = (0, 0, 0.0);
        foreach (var label in Ordered(shares))
        {
            var (slug, kind, _) = labels[label];
            if (kind == LabelKind.Intent)
            {
                if (intents.Count < MostIntents)
                {
                    intents.Add((slug, shares[label], highest[label]));
                }
            }
            else if (kind == LabelKind.Topic ? topics++ < MostTopics : entries++ < MostEntries)
            {
                nearest = candidates.Count == 0 ? nearness[label] : nearest;
                candidates.Add(new(slug, kind == LabelKind.Topic, shares[label]));
            }
        }

        return new(
            candidates.DrainToImmutable(), nearest, coverage, intents.DrainToImmutable(), strength,
            string.Join(' ', vocabulary.Tokens(wordings[0]).Distinct(StringComparer.Ordinal).Where(index.Knows)));
    }

    /// <summary>Labels by share, best first; of equal ones the first.</summary>
    static IEnumerable<int> Ordered(float[] shares)
    {
        // Shares are never negative: their bits have the order of their values. Sorting plain numbers is much faster than comparing pairs.
        var keys = new ulong[shares.Length];
        for (var label = 0; label < keys.Length; label++)
        {
            keys[label] = ((ulong)BitConverter.SingleToUInt32Bits(shares[label]) << 32) | (uint)~label;
        }

        Array.Sort(keys);
        for (var at = keys.Length - 1; at >= 0; at--)
        {
            yield return ~(int)(uint)keys[at];
        }
    }

    /// <summary>Turns the classifier's scores of all labels into shares, and writes their nearness.</summary>
    (float Coverage, float Strength) Share(Wording wording, Agency agency, Span<float> shares, Span<float> nearness)
    {
        var coverage = index.Score(vocabulary.Tokens(wording), nearness);
        Span<float> heat = labels.Length <= 512 ? stackalloc float[labels.Length] : new float[labels.Length];
        nearness.CopyTo(heat);
        for (var label = 0; label < labels.Length && agency != Agency.Unknown; label++)
        {
            if (labels[label].Agency != Agency.Unknown && labels[label].Agency != agency)
            {
                shares[label] = heat[label] = -1e9f;
            }
        }

        var strength = float.MinValue;
        foreach (var share in shares)
        {
            strength = Math.Max(strength, share);
        }

        LinearClassifier.Softmax(shares, ClassifierHeat);
        LinearClassifier.Softmax(heat, IndexHeat);
        for (var label = 0; label < shares.Length; label++)
        {
            shares[label] = (ClassifierShare * shares[label]) + ((1 - ClassifierShare) * heat[label]);
        }

        return (coverage, strength);
    }

    static IEnumerable<string> TextsOf(FaqEntry entry) => [.. entry.Phrasings, entry.Question, entry.Title];
}
