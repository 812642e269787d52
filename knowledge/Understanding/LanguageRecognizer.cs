using System.Collections.Frozen;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>Which language a message is in, by letter triples learnt from the phrasings. Immutable.</summary>
public sealed class LanguageRecognizer
{
    /// <summary>How much likelier (natural logarithm) one language must be before a conversation changes to it.</summary>
    const double Sure = 5;

    const double Unseen = 0.2;

    readonly FrozenDictionary<(char, char, char), double>? spanishOverEnglish;
    readonly FrozenSet<string> english = [];
    readonly FrozenSet<string> spanish = [];

    public LanguageRecognizer(ContentLibrary library)
    {
        if (!library.Speaks(Language.Es))
        {
            return;
        }

        english = Words(library[Language.En]);
        spanish = Words(library[Language.Es]);
        var (inEnglish, inSpanish) = (Count(library[Language.En]), Count(library[Language.Es]));
        double englishAll = inEnglish.Values.Sum(), spanishAll = inSpanish.Values.Sum();
        spanishOverEnglish = inEnglish.Keys.Union(inSpanish.Keys).ToFrozenDictionary(
            triple => triple,
            triple => Math.Log((inSpanish.GetValueOrDefault(triple) + Unseen) / spanishAll) - Math.Log((inEnglish.GetValueOrDefault(triple) + Unseen) / englishAll));
    }

    /// <summary>The language of a folded message; null when it tells too little, as keyboard noise does: a word of the language must be there.</summary>
    public Language? Recognize(string folded)
    {
        if (spanishOverEnglish is null)
        {
            return null;
        }

        var evidence = Triples(folded).Sum(triple => spanishOverEnglish.GetValueOrDefault(triple));
        return evidence > Sure && folded.Split(' ').Any(spanish.Contains) ? Language.Es
            : evidence < -Sure && folded.Split(' ').Any(english.Contains) ? Language.En
            : null;
    }

    static IEnumerable<string> Phrasings(LanguagePack pack) =>
        pack.OrderedEntries.SelectMany(entry => entry.Phrasings).Concat(pack.OrderedTopics.SelectMany(topic => topic.Phrasings)).Select(Normalizer.Fold);

    static FrozenSet<string> Words(LanguagePack pack) => Phrasings(pack).SelectMany(text => text.Split(' ')).ToFrozenSet(StringComparer.Ordinal);

    static Dictionary<(char, char, char), int> Count(LanguagePack pack)
    {
        var counts = new Dictionary<(char, char, char), int>();
        foreach (var text in Phrasings(pack))
        {
            foreach (var triple in Triples(text))
            {
                counts[triple] = counts.GetValueOrDefault(triple) + 1;
            }
        }

        return counts;
    }

    static IEnumerable<(char, char, char)> Triples(string folded)
    {
        var (before, previous) = (' ', ' ');
        foreach (var letter in folded)
        {
            yield return (before, previous, letter);
            (before, previous) = (previous, letter);
        }

        yield return (before, previous, ' ');
    }
}
