using System.Collections.Frozen;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Troubleshooting;

/// <summary>What may be said about a step rather than about the world, in the order in which it is looked for.</summary>
public enum StepWord
{
    OtherPerson,
    Why,
    TextMe,
    Later,
    Failed,
    NotYet,
    Skip,
    Done,
    Walk,
    Resume,
}

/// <summary>Words about steps (<c>lexicon/*/steps.yaml</c>); only read where steps are under way or on offer.</summary>
/// <param name="words">Patterns by word.</param>
/// <param name="question">How questions begin.</param>
public sealed class StepLexicon(FrozenDictionary<StepWord, ShortPatterns> words, ShortPatterns question)
{
    const int MostWords = 14;

    public static StepLexicon None { get; } = new(FrozenDictionary<StepWord, ShortPatterns>.Empty, ShortPatterns.None);

    /// <summary>The first word that a short message holds; null when it holds none.</summary>
    public StepWord? Match(string folded)
    {
        if (folded.AsSpan().Count(' ') >= MostWords)
        {
            return null;
        }

        foreach (var word in Enum.GetValues<StepWord>())
        {
            if (words.TryGetValue(word, out var patterns) && patterns.Matches(folded))
            {
                return word;
            }
        }

        return null;
    }

    /// <summary>Whether a message asks something rather than answers.</summary>
    public bool IsQuestion(string text, string folded) => text.Contains('?', StringComparison.Ordinal) || question.Matches(folded);

    /// <summary>The key of a word in the file: <c>not-yet</c>.</summary>
    public static string KeyOf(StepWord word) => word switch
    {
        StepWord.OtherPerson => "other-person",
        StepWord.TextMe => "text-me",
        StepWord.NotYet => "not-yet",
        _ => word.ToString().ToLowerInvariant(),
    };
}
