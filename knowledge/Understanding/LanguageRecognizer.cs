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

    public LanguageRecognizer(ContentLibrary library)
    {
        if (!library.Speaks(Language.Es))
        {
            return;
        }

        var english = Count(library[Language.En]);
        var spanish = Count(library[Language.Es]);
        double englishAll = english.Values.Sum(), spanishAll = spanish.Values.Sum();
        spanishOverEnglish = english.Keys.Union(spanish.Keys).ToFrozenDictionary(
            triple => triple,
            triple => Math.Log((spanish.GetValueOrDefault(triple) + Unseen) / spanishAll) - Math.Log((english.GetValueOrDefault(triple) + Unseen) / englishAll));
    }

    /// <summary>The language of a folded message; null when it tells too little.</summary>
    public Language? Recognize(string folded)
    {
        if (spanishOverEnglish is null)
        {
            return null;
        }

        var evidence = Triples(folded).Sum(triple => spanishOverEnglish.GetValueOrDefault(triple));
        return evidence > Sure ? Language.Es : evidence < -Sure ? Language.En : null;
    }

    static Dictionary<(char, char, char), int> Count(LanguagePack pack)
    {
        var counts = new Dictionary<(char, char, char), int>();
        foreach (var text in pack.OrderedEntries.SelectMany(entry => entry.Phrasings).Concat(pack.OrderedTopics.SelectMany(topic => topic.Phrasings)))
        {
            foreach (var triple in Triples(Normalizer.Fold(text)))
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
