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

    /// <summary>Symbols of a folded message: 26 letters, any digit, the space.</summary>
    const int Symbols = 28;

    readonly double[]? spanishOverEnglish;
    readonly FrozenSet<string> english = [];
    readonly FrozenSet<string> spanish = [];

    public LanguageRecognizer(ContentLibrary library)
    {
        if (!library.Speaks(Language.Es))
        {
            return;
        }

        string[] inEnglish = [.. Phrasings(library[Language.En])], inSpanish = [.. Phrasings(library[Language.Es])];
        HashSet<string> englishWords = Words(inEnglish), spanishWords = Words(inSpanish);
        english = englishWords.Except(spanishWords).ToFrozenSet(StringComparer.Ordinal);
        spanish = spanishWords.Except(englishWords).ToFrozenSet(StringComparer.Ordinal);
        double[] ofEnglish = Shares(inEnglish), ofSpanish = Shares(inSpanish);
        spanishOverEnglish = [.. ofSpanish.Zip(ofEnglish, (es, en) => Math.Log(es) - Math.Log(en))];
    }

    /// <summary>The language of a folded message; null when it tells too little, as keyboard noise and "no code" do: a word that only the language has must be there.</summary>
    public Language? Recognize(string folded)
    {
        if (spanishOverEnglish is null)
        {
            return null;
        }

        var evidence = 0.0;
        ForEachTriple(folded, triple => evidence += spanishOverEnglish[triple]);
        return evidence > Sure && folded.Split(' ').Any(spanish.Contains) ? Language.Es
            : evidence < -Sure && folded.Split(' ').Any(english.Contains) ? Language.En
            : null;
    }

    static IEnumerable<string> Phrasings(LanguagePack pack) =>
        pack.OrderedEntries.SelectMany(entry => entry.Phrasings).Concat(pack.OrderedTopics.SelectMany(topic => topic.Phrasings)).Select(Normalizer.Fold);

    static HashSet<string> Words(IEnumerable<string> texts) => texts.SelectMany(text => text.Split(' ')).ToHashSet(StringComparer.Ordinal);

    /// <summary>How often each triple occurs, as shares; none is zero.</summary>
    static double[] Shares(IReadOnlyCollection<string> texts)
    {
        var counts = new double[Symbols * Symbols * Symbols];
        Array.Fill(counts, Unseen);
        foreach (var text in texts)
        {
            ForEachTriple(text, triple => counts[triple]++);
        }

        var all = counts.Sum();
        return Array.ConvertAll(counts, count => count / all);
    }

    static void ForEachTriple(string folded, Action<int> visit)
    {
        const int space = Symbols - 1;
        var (before, previous) = (space, space);
        foreach (var letter in folded)
        {
            var symbol = letter is >= 'a' and <= 'z' ? letter - 'a' : letter is >= '0' and <= '9' ? 26 : space;
            visit((((before * Symbols) + previous) * Symbols) + symbol);
            (before, previous) = (previous, symbol);
        }

        visit((((before * Symbols) + previous) * Symbols) + space);
    }
}
