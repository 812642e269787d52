using System.Collections.Frozen;

namespace SupportBot.Knowledge.Understanding;

/// <summary>A folded message in words.</summary>
/// <param name="Words">Brand forms and shorthand written one way, in order.</param>
/// <param name="Stems">The stem of each word.</param>
/// <param name="Concepts">The concepts that the message shows, each once.</param>
public sealed record Wording(string[] Words, string[] Stems, IReadOnlyCollection<string> Concepts);

/// <summary>Turns a folded message into words, stems and concepts: spellings replaced, words stemmed lightly.</summary>
public sealed class Vocabulary
{
    /// <summary>By first word, the longest first.</summary>
    readonly FrozenDictionary<string, Spelling[]> spellings;

    /// <summary>By first word, in order of the concept: a dictionary of strings has another order at every start, and sums would round otherwise.</summary>
    readonly FrozenDictionary<string, Form[]> concepts;
    readonly FrozenSet<string> stopWords;

    public Vocabulary(Lexicon lexicon)
    {
        spellings = lexicon.Spellings
            .Where(spelling => spelling.From.Length > 0)
            .Select(spelling => new Spelling(spelling.From.Split(' '), spelling.To.Split(' ')))
            .GroupBy(spelling => spelling.Words[0], StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.OrderByDescending(spelling => spelling.Words.Length).ToArray(), StringComparer.Ordinal);
        concepts = lexicon.Concepts
            .OrderBy(concept => concept.Key, StringComparer.Ordinal)
            .SelectMany(concept => concept.Value.Where(form => form.Length > 0).Select(form => new Form(form.Split(' '), concept.Key)))
            .GroupBy(form => form.Words[0], StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        stopWords = lexicon.StopWords.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>Reads a message.</summary>
    public Wording Read(string folded)
    {
        var words = folded.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var spelled = Spelled(words);
        return new(spelled, Array.ConvertAll(spelled, Stem), ConceptsIn(words));
    }

    /// <summary>The stems that count as evidence, in order.</summary>
    public IEnumerable<string> Tokens(Wording wording)
    {
        for (var at = 0; at < wording.Words.Length; at++)
        {
            if (!stopWords.Contains(wording.Words[at]))
            {
                yield return wording.Stems[at];
            }
        }
    }

    /// <summary>The concepts that a folded message shows, each once.</summary>
    public IReadOnlyCollection<string> ConceptsIn(string folded) => ConceptsIn(folded.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Drops the commonest endings, so that "codes" and "code" meet.</summary>
    public static string Stem(string word) => word switch
    {
        { Length: > 5 } when word.EndsWith("ing", StringComparison.Ordinal) => word[..^3],
        { Length: > 4 } when word.EndsWith("ies", StringComparison.Ordinal) => word[..^3] + "y",
        { Length: > 4 } when word.EndsWith("ed", StringComparison.Ordinal) => word[..^2],
        { Length: > 3 } when word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal) => word[..^1],
        _ => word,
    };

    string[] Spelled(string[] words)
    {
        var spelled = new List<string>(words.Length + 4);
        for (var at = 0; at < words.Length;)
        {
            if (SpellingAt(words.AsSpan(at)) is { } spelling)
            {
                spelled.AddRange(spelling.To);
                at += spelling.Words.Length;
            }
            else
            {
                spelled.Add(words[at++]);
            }
        }

        return [.. spelled];
    }

    Spelling? SpellingAt(ReadOnlySpan<string> words)
    {
        if (spellings.TryGetValue(words[0], out var beginning))
        {
            foreach (var spelling in beginning)
            {
                if (words.StartsWith(spelling.Words))
                {
                    return spelling;
                }
            }
        }

        return null;
    }

    List<string> ConceptsIn(string[] words)
    {
        var found = new List<string>();
        for (var at = 0; at < words.Length; at++)
        {
            if (!concepts.TryGetValue(words[at], out var beginning))
            {
                continue;
            }

            foreach (var form in beginning)
            {
                if (words.AsSpan(at).StartsWith(form.Words) && !found.Contains(form.Concept))
                {
                    found.Add(form.Concept);
                }
            }
        }

        return found;
    }

    sealed record Spelling(string[] Words, string[] To);

    sealed record Form(string[] Words, string Concept);
}
