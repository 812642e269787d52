using System.Collections.Frozen;
using System.Collections.Immutable;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Passcodes;

/// <summary>What somebody may say about a code that was sent to them, in the order in which it is looked for.</summary>
public enum CodeWord
{
    NotMe,
    Expired,
    Wrong,
    Call,
    Mail,
    Text,
    Again,
    Where,
    About,
}

/// <summary>Words about a code (<c>lexicon/*/codes.yaml</c>); only read where one was sent to the person's own contact.</summary>
/// <remarks>A pattern is the whole message but for the words of <c>before</c> and <c>after</c>: longer stories go to the engine.</remarks>
public sealed class CodeLexicon
{
    readonly FrozenDictionary<CodeWord, ShortPatterns> words;

    /// <param name="words">Patterns by word.</param>
    /// <param name="before">What may stand before them, any number of times.</param>
    /// <param name="after">What may follow.</param>
    public CodeLexicon(FrozenDictionary<CodeWord, ImmutableArray<string>> words, ImmutableArray<string> before, ImmutableArray<string> after)
    {
        var (head, tail) = (Any(before, "{0} "), Any(after, " {0}"));
        this.words = words.ToFrozenDictionary(
            word => word.Key,
            word => word.Value.IsEmpty ? ShortPatterns.None : new ShortPatterns([$"^{head}(?:{string.Join('|', word.Value)}){tail}$"]));
    }

    public static CodeLexicon None { get; } = new(FrozenDictionary<CodeWord, ImmutableArray<string>>.Empty, [], []);

    /// <summary>What a message says about a code; null when it says something else, or more.</summary>
    public CodeWord? Match(string folded)
    {
        foreach (var word in Enum.GetValues<CodeWord>())
        {
            if (words.TryGetValue(word, out var patterns) && patterns.Matches(folded))
            {
                return word;
            }
        }

        return null;
    }

    /// <summary>The key of a word in the file: <c>not-me</c>.</summary>
    public static string KeyOf(CodeWord word) => word == CodeWord.NotMe ? "not-me" : word.ToString().ToLowerInvariant();

    static string Any(ImmutableArray<string> patterns, string form) =>
        patterns.IsEmpty ? "" : $"(?:{string.Format(System.Globalization.CultureInfo.InvariantCulture, form, $"(?:{string.Join('|', patterns)})")})*";
}
