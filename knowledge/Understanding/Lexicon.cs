using System.Collections.Immutable;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>The data of understanding for one language, as written in <c>lexicon/</c>.</summary>
/// <param name="Rules">What the router recognises, in order of precedence.</param>
/// <param name="Fillers">Words that may stand around a whole-message command ("uh", "please").</param>
/// <param name="Spellings">Phrase → what it is written as before ranking: brand forms, shorthand, speech spellings.</param>
/// <param name="Concepts">Concept → words and phrases that show it; features for ranking.</param>
/// <param name="StopWords">Words that carry no evidence.</param>
/// <param name="Hints">What a phone recogniser should expect to hear.</param>
public sealed record Lexicon(
    ImmutableArray<RouterRule> Rules,
    ImmutableArray<string> Fillers,
    ImmutableArray<(string From, string To)> Spellings,
    ImmutableDictionary<string, ImmutableArray<string>> Concepts,
    ImmutableHashSet<string> StopWords,
    ImmutableArray<string> Hints)
{
    /// <summary>Knows nothing of any domain or language.</summary>
    public static Lexicon Empty { get; } = new([], [], [], ImmutableDictionary<string, ImmutableArray<string>>.Empty, [], []);
}

/// <summary>One rule of the router.</summary>
/// <param name="Name">For explanations.</param>
/// <param name="Outcome">What it means; see <see cref="Router"/>.</param>
/// <param name="Whole">True: the message must be the pattern and fillers; false: the pattern may stand anywhere.</param>
/// <param name="Channels">Where it holds; empty means everywhere.</param>
/// <param name="MostWords">Longest message, in words, that the rule reads; 0 means any.</param>
/// <param name="Patterns">Regular expressions over the normalised message (lower case, no accents, no punctuation).</param>
/// <param name="Except">Patterns that take the match back when they are found anywhere.</param>
public sealed record RouterRule(
    string Name, string Outcome, bool Whole, ImmutableArray<Channel> Channels, int MostWords,
    ImmutableArray<string> Patterns, ImmutableArray<string> Except);
