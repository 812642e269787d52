using System.Collections.Immutable;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>Entries and topics in order, with what speaks for the order.</summary>
/// <param name="Candidates">Best first; the scores are shares of one.</param>
/// <param name="Nearness">BM25 of the best candidate's nearest phrasing: how near the message is to anything known.</param>
/// <param name="Coverage">Share of the message's weight in words that the phrasings have (0 to 1).</param>
/// <param name="Intents">What is no question, best first: the share over the whole message, and the highest in any part of it.</param>
/// <param name="Evidence">Words of the message that the phrasings have.</param>
public sealed record Ranking(
    ImmutableArray<Candidate> Candidates, double Nearness, double Coverage, ImmutableArray<(string Outcome, double Share, double Highest)> Intents, string Evidence);

/// <summary>An entry, or a topic that is not here, with its share.</summary>
public readonly record struct Candidate(string Slug, bool IsTopic, double Score);

/// <summary>Orders entries and topics by a linear classifier fused with BM25, over the whole message and its passages. Immutable, any number of threads.</summary>
public sealed class Ranker
{
    const double ClassifierShare = 0.8;
    const double PassageShare = 0.3;
    const float IndexTemperature = 2f;
    const int MostEntries = 20;
    const int MostTopics = 10;
    const int MostIntents = 5;

    readonly Vocabulary vocabulary;
    readonly FeatureExtractor features;
    readonly ImmutableArray<Label> labels;
    readonly LinearClassifier classifier;
    readonly PhrasingIndex index;

    public Ranker(LanguagePack pack)
    {
        vocabulary = new(pack.Lexicon);
        features = new(vocabulary);
        labels =
        [
            .. pack.OrderedEntries.Select(entry => new Label(entry.Slug, IsTopic: false, entry.Agency)),
            .. pack.OrderedTopics.Select(topic => new Label(topic.Slug, IsTopic: true, Agency.Unknown)),
            .. pack.Intents.Select(intent => new Label(intent.Outcome, IsTopic: false, Agency.Unknown, intent)),
        ];
        var messages = labels.SelectMany((label, number) => TextsOf(pack, label).Select(text => (Folded: Normalizer.Fold(text), Label: number))).ToList();
        var numbers = messages.ConvertAll(message => message.Label);
        classifier = new(messages.ConvertAll(message => features.Extract(message.Folded)), numbers, labels.Length);
        index = new(messages.ConvertAll(message => vocabulary.Tokens(message.Folded)), numbers, labels.Length);
    }

    /// <summary>Whether any phrasing has the word.</summary>
    public bool Knows(string word) => index.Knows(vocabulary.Stem(word));

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
        var (shares, nearness, coverage) = SharesOf(passages.Whole, agency);
        var highest = (double[])shares.Clone();
        if (!passages.Parts.IsEmpty)
        {
            var best = new double[labels.Length];
            foreach (var part in passages.Parts)
            {
                var (ofPart, _, _) = SharesOf(part, agency);
                for (var label = 0; label < best.Length; label++)
                {
                    best[label] = Math.Max(best[label], ofPart[label]);
                }
            }

            for (var label = 0; label < shares.Length; label++)
            {
                highest[label] = Math.Max(shares[label], best[label]);
                shares[label] = ((1 - PassageShare) * shares[label]) + (PassageShare * best[label]);
            }
        }

        var order = Enumerable.Range(0, labels.Length).OrderByDescending(label => shares[label]).ThenBy(label => label).ToList();
        var questions = order.Where(label => labels[label].Intent is null).ToList();
        return new(
            [
                .. questions.Take(MostTopics).Where(label => labels[label].IsTopic)
                    .Concat(questions.Where(label => !labels[label].IsTopic).Take(MostEntries))
                    .OrderByDescending(label => shares[label]).ThenBy(label => label)
                    .Select(label => new Candidate(labels[label].Slug, labels[label].IsTopic, shares[label])),
            ],
            nearness[questions[0]],
            coverage,
            [.. order.Where(label => labels[label].Intent is not null).Take(MostIntents).Select(label => (labels[label].Slug, shares[label], highest[label]))],
            string.Join(' ', vocabulary.Tokens(passages.Whole).Distinct(StringComparer.Ordinal).Where(index.Knows)));
    }

    (double[] Shares, float[] Nearness, double Coverage) SharesOf(string folded, Agency agency)
    {
        var scores = classifier.Score(features.Extract(folded));
        var (nearness, coverage) = index.Score(vocabulary.Tokens(folded));
        var heat = new float[labels.Length];
        for (var label = 0; label < labels.Length; label++)
        {
            heat[label] = nearness[label] / IndexTemperature;
            if (agency != Agency.Unknown && labels[label].Agency != Agency.Unknown && labels[label].Agency != agency)
            {
                scores[label] = float.MinValue;
                heat[label] = float.MinValue;
            }
        }

        var ofClassifier = LinearClassifier.Softmax(scores);
        var ofIndex = LinearClassifier.Softmax(heat);
        var shares = new double[labels.Length];
        for (var label = 0; label < shares.Length; label++)
        {
            shares[label] = (ClassifierShare * ofClassifier[label]) + ((1 - ClassifierShare) * ofIndex[label]);
        }

        return (shares, nearness, coverage);
    }

    static IEnumerable<string> TextsOf(LanguagePack pack, Label label) =>
        label.Intent is { } intent ? intent.Phrasings
        : label.IsTopic ? pack.Topics[label.Slug].Phrasings
        : [.. pack.Entries[label.Slug].Phrasings, pack.Entries[label.Slug].Question, pack.Entries[label.Slug].Title];

    /// <param name="Slug">Of the entry or topic; the outcome of an intent.</param>
    /// <param name="Intent">Set when the label is no question.</param>
    readonly record struct Label(string Slug, bool IsTopic, Agency Agency, Intent? Intent = null);
}
