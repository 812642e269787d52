using System.Collections.Immutable;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Conversations;

/// <summary>Which of the offered choices a person means, by number, place or words.</summary>
static class ChoiceMatcher
{
    static readonly ImmutableArray<ImmutableArray<string>> numberWords =
    [
        ["1", "one", "first", "uno", "una", "primero", "primera", "won"],
        ["2", "two", "second", "dos", "segundo", "segunda", "too"],
        ["3", "three", "third", "tres", "tercero", "tercera"],
        ["4", "four", "fourth", "cuatro", "cuarto", "cuarta"],
    ];

    static readonly ImmutableHashSet<string> aroundNumbers = ImmutableHashSet.Create(
        "the", "number", "option", "choice", "press", "pressed", "i", "want", "pick", "please", "one", "uh", "um", "its", "it", "is", "el", "la", "numero", "opcion", "quiero", "por", "favor");

    /// <summary>Words that tell no choice from another.</summary>
    static readonly ImmutableHashSet<string> emptyWords = ImmutableHashSet.Create(
        "a", "an", "the", "i", "my", "of", "to", "in", "on", "at", "or", "it", "is", "el", "la", "lo", "los", "las", "un", "una", "de", "del", "en", "mi", "y", "o", "al");

    /// <summary>The 1-based number that was said, or null.</summary>
    /// <param name="folded">The message.</param>
    /// <param name="choices">What was offered.</param>
    /// <param name="asks">The message asks something, so that a title's words in it pick nothing.</param>
    internal static int? Match(string folded, ImmutableArray<Choice> choices, bool asks)
    {
        if (asks)
        {
            return Exact(folded, choices);
        }

        var words = folded.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 or > 12)
        {
            return null;
        }

        return ByNumber(words, choices.Length) ?? ByTitle(folded, words, choices);
    }

    /// <summary>The same for a number or the very words of a choice: what cannot mean anything else.</summary>
    internal static int? Exact(string folded, ImmutableArray<Choice> choices) =>
        choices.FirstOrDefault(choice => Normalizer.Fold(choice.Title) == folded)?.Number
        ?? ByNumber(folded.Split(' ', StringSplitOptions.RemoveEmptyEntries), choices.Length);

    static int? ByNumber(string[] words, int count)
    {
        var named = new HashSet<int>();
        var endsInOne = false;
        foreach (var (word, index) in words.Select((word, index) => (word, index)))
        {
            var number = numberWords.Select((forms, at) => (forms, at)).Where(item => item.forms.Contains(word)).Select(item => (int?)item.at + 1).FirstOrDefault();
            if (word == "one" && index > 0)
            {
                // "The second one" is two, "option one" is one.
                endsInOne = true;
            }
            else if (number is { } found)
            {
                named.Add(found);
            }
            else if (!aroundNumbers.Contains(word))
            {
                return null;
            }
        }

        if (named.Count == 0 && endsInOne)
        {
            named.Add(1);
        }

        return named.Count == 1 && named.Single() <= count ? named.Single() : null;
    }

    static int? ByTitle(string folded, string[] words, ImmutableArray<Choice> choices)
    {
        var said = words.ToHashSet(StringComparer.Ordinal);
        var shares = choices.Select(choice => (choice.Number, Share: Share(Normalizer.Fold(choice.Title), folded, said))).OrderByDescending(item => item.Share).ToList();
        return shares.Count > 0 && shares[0].Share >= 0.6 && (shares.Count == 1 || shares[1].Share < shares[0].Share) ? shares[0].Number : null;
    }

    static double Share(string title, string folded, HashSet<string> said)
    {
        var content = title.Split(' ').Where(word => !emptyWords.Contains(word)).ToList();

        // Titles of short words only ("ID.me", "no") are said as a whole or not at all: each of their words is in many messages.
        return content.All(word => word.Length <= 2)
            ? content.Count > 1 && $" {folded} ".Contains($" {title} ", StringComparison.Ordinal) ? 1 : 0
            : (double)content.Count(said.Contains) / content.Count;
    }
}
