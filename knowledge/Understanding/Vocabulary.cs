using System.Collections.Frozen;
using System.Collections.Immutable;

namespace SupportBot.Knowledge.Understanding;

/// <summary>Turns a folded message into tokens: spellings replaced, stop words dropped, words stemmed lightly.</summary>
public sealed class Vocabulary
{
    readonly FrozenDictionary<string, ImmutableArray<(string[] Words, string To)>> spellings;
    readonly FrozenDictionary<string, ImmutableArray<(string[] Words, string Concept)>> concepts;
    readonly ImmutableHashSet<string> stopWords;

    public Vocabulary(Lexicon lexicon)
    {
        spellings = lexicon.Spellings
            .Where(spelling => spelling.From.Length > 0)
            .Select(spelling => (Words: spelling.From.Split(' '), spelling.To))
            .GroupBy(spelling => spelling.Words[0], StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.OrderByDescending(spelling => spelling.Words.Length).ToImmutableArray(), StringComparer.Ordinal);
        concepts = lexicon.Concepts
            .SelectMany(concept => concept.Value.Where(form => form.Length > 0).Select(form => (Words: form.Split(' '), Concept: concept.Key)))
            .GroupBy(form => form.Words[0], StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
        stopWords = lexicon.StopWords;
    }

    /// <summary>Words that count, in order.</summary>
    public string[] Tokens(string folded) => [.. Spelled(folded).Where(word => !stopWords.Contains(word)).Select(Stem)];

    /// <summary>The words of a message with brand forms and shorthand written one way.</summary>
    public List<string> Spelled(string folded)
    {
        var words = folded.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var spelled = new List<string>(words.Length);
        for (var at = 0; at < words.Length;)
        {
            if (spellings.TryGetValue(words[at], out var forms)
                && forms.FirstOrDefault(form => words.AsSpan(at).StartsWith(form.Words)) is { Words: not null } found)
            {
                spelled.AddRange(found.To.Split(' '));
                at += found.Words.Length;
            }
            else
            {
                spelled.Add(words[at++]);
            }
        }

        return spelled;
    }

    /// <summary>Whether any word or phrase of the concept is in the message.</summary>
    public bool Shows(string concept, string folded) => ConceptsIn(folded).Contains(concept);

    /// <summary>The concepts that the message shows, each once.</summary>
    public HashSet<string> ConceptsIn(string folded)
    {
        var words = folded.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var found = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < words.Length; at++)
        {
            if (concepts.TryGetValue(words[at], out var forms))
            {
                foreach (var (form, concept) in forms)
                {
                    if (words.AsSpan(at).StartsWith(form))
                    {
                        found.Add(concept);
                    }
                }
            }
        }

        return found;
    }

    /// <summary>Drops the commonest endings, so that "codes" and "code" meet.</summary>
    public string Stem(string word) => word switch
    {
        { Length: > 5 } when word.EndsWith("ing", StringComparison.Ordinal) => word[..^3],
        { Length: > 4 } when word.EndsWith("ies", StringComparison.Ordinal) => word[..^3] + "y",
        { Length: > 4 } when word.EndsWith("ed", StringComparison.Ordinal) => word[..^2],
        { Length: > 3 } when word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal) => word[..^1],
        _ => word,
    };
}
