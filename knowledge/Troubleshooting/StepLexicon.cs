using System.Collections.Frozen;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Troubleshooting;

/// <summary>What may be said about a step rather than about the world, in the order in which it is looked for.</summary>
public enum StepWord
{
    FirstPerson,
    OtherPerson,
    Again,
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

/// <summary>What kind of message it is, whatever it says of the step.</summary>
public enum StepCue
{
    /// <summary>How questions begin; a short one may still be a doubtful answer ("is it the second one").</summary>
    Question,

    /// <summary>Asks what something is or how it is done: never an answer.</summary>
    Asks,

    /// <summary>Takes an earlier answer back ("no wait", "I meant").</summary>
    Correction,

    /// <summary>The person does not know.</summary>
    Unsure,

    /// <summary>Something that should be on the page is not: however it sounds, it is no despair.</summary>
    NotOnPage,
}

/// <summary>Words about steps (<c>lexicon/*/steps.yaml</c>); only read where steps are under way or on offer.</summary>
/// <param name="words">Patterns by word.</param>
/// <param name="cues">Patterns by cue.</param>
public sealed class StepLexicon(FrozenDictionary<StepWord, ShortPatterns> words, FrozenDictionary<StepCue, ShortPatterns> cues)
{
    const int MostWords = 14;

    public static StepLexicon None { get; } = new(FrozenDictionary<StepWord, ShortPatterns>.Empty, FrozenDictionary<StepCue, ShortPatterns>.Empty);

    /// <summary>The first word that a short message holds; null when it holds none.</summary>
    public StepWord? Match(string folded)
    {
        if (folded.AsSpan().Count(' ') >= MostWords)
        {
            return null;
        }

        foreach (var word in Enum.GetValues<StepWord>())
        {
            if (Holds(word, folded))
            {
                return word;
            }
        }

        return null;
    }

    /// <summary>Whether a message holds a word, whichever others come before it.</summary>
    public bool Holds(StepWord word, string folded) => words.TryGetValue(word, out var patterns) && patterns.Matches(folded);

    /// <summary>Whether a message is of a kind.</summary>
    public bool Holds(StepCue cue, string folded) => cues.TryGetValue(cue, out var patterns) && patterns.Matches(folded);

    /// <summary>Whether a message asks something rather than answers.</summary>
    public bool IsQuestion(string text, string folded) => text.Contains('?', StringComparison.Ordinal) || Holds(StepCue.Question, folded) || Holds(StepCue.Asks, folded);

    /// <summary>The key of a cue in the file: <c>not-on-page</c>.</summary>
    public static string KeyOf(StepCue cue) => cue == StepCue.NotOnPage ? "not-on-page" : cue.ToString().ToLowerInvariant();

    /// <summary>The key of a word in the file: <c>not-yet</c>.</summary>
    public static string KeyOf(StepWord word) => word switch
    {
        StepWord.FirstPerson => "first-person",
        StepWord.OtherPerson => "other-person",
        StepWord.TextMe => "text-me",
        StepWord.NotYet => "not-yet",
        _ => word.ToString().ToLowerInvariant(),
    };
}
