using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Tests.Audio;

/// <summary>
/// A caller who understands English and knows what such a line may say, but not what it says now: that is heard. First by a language model of all that the content
/// can say, then again among the sentences that came near.
/// </summary>
sealed class CallerEar
{
    const int Candidates = 30;
    const int MostChoices = 4;
    const int References = 40;

    /// <summary>Part of a text's words that must be heard in their order.</summary>
    internal const double Enough = 0.6;

    readonly ImmutableArray<(string Key, ImmutableArray<string[]> Sentences)> texts;
    readonly ImmutableArray<string[]> sentences;
    readonly Listening model;

    /// <summary>Sounds are the same in every call that goes the same way.</summary>
    readonly ConcurrentDictionary<string, Task<Heard>> known = new(StringComparer.Ordinal);

    CallerEar(IEnumerable<(string Key, string Text)> content, IEnumerable<string> choices)
    {
        texts = [.. content.Select(item => (item.Key, Sentences: SpokenWords.Sentences(item.Text.Replace("{reference}", "", StringComparison.Ordinal)).ToImmutableArray())).Where(item => !item.Sentences.IsEmpty)];
        var offered = choices.Select(SpokenWords.Of).ToList();
        sentences = [.. texts.SelectMany(item => item.Sentences).Concat(offered).DistinctBy(words => string.Join(' ', words), StringComparer.Ordinal)];
        model = Listening.ForTexts(
        [
            .. sentences,
            .. texts.Select(item => item.Sentences.SelectMany(words => words).ToArray()),
            .. Enumerable.Range(0, References).Select(index => (string[])["c", "as", "in", "charlie", .. (10_000_000L + (index * 2_468_013L)).ToString(CultureInfo.InvariantCulture).Select(SpokenWords.WordOf)]),
        ]);
    }

    /// <summary>Knows the English prompts and answers; each prompt by its key, each answer by its slug.</summary>
    internal static CallerEar For(ContentLibrary library)
    {
        var pack = library[Language.En];
        var template = pack.Prompts[Prompts.MenuChoice].Spoken;
        var titles = pack.Prompts.Where(prompt => prompt.Value.Spoken.Length < 40 && !prompt.Value.Spoken.Contains('{', StringComparison.Ordinal)).Select(prompt => prompt.Value.Spoken)
            .Concat(pack.OrderedEntries.Select(entry => entry.Title));
        return new(
            pack.Prompts.Where(prompt => prompt.Key != Prompts.MenuChoice).OrderBy(prompt => prompt.Key, StringComparer.Ordinal).Select(prompt => (prompt.Key, prompt.Value.Spoken.Replace("{topic}", "", StringComparison.Ordinal)))
                .Concat(pack.OrderedEntries.Select(entry => (entry.Slug, entry.Answer.Spoken)))
                .Concat(pack.OrderedEntries.Where(entry => entry.More is not null).Select(entry => ($"{entry.Slug}/more", entry.More!))),
            titles.Distinct(StringComparer.Ordinal).SelectMany(title => Enumerable.Range(1, MostChoices).Select(number => Template.Fill(template, name => name == "title"
                ? title
                : number.ToString(CultureInfo.InvariantCulture)))));
    }

    /// <summary>What the caller understands of a sound from the line.</summary>
    internal Task<Heard> ListenAsync(Sound sound, CancellationToken cancellationToken) =>
        known.GetOrAdd(Convert.ToHexStringLower(SHA256.HashData(sound.ToRaw())), _ => ListenAfreshAsync(sound, cancellationToken));

    async Task<Heard> ListenAfreshAsync(Sound sound, CancellationToken cancellationToken)
    {
        var first = (await AudioLine.HearAsync(sound, model, cancellationToken)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var near = sentences.Select(words => (Words: words, Part: PartHeard(words, first))).OrderByDescending(item => item.Part).ThenByDescending(item => item.Words.Length).Take(Candidates).ToList();
        var second = await AudioLine.HearAsync(
            sound,
            Listening.ForGrammar($"public <said> = ( {string.Join(" | ", near.Select(item => string.Join(' ', item.Words)))} )+;", [.. near.SelectMany(item => item.Words).Distinct(StringComparer.Ordinal)]),
            cancellationToken);
        return new(this, first, second.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The part of a text, named by its key, that is in one of two hearings; for an answer none when another answer is there more fully.</summary>
    internal double PartOf(string key, IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        var asked = texts.FirstOrDefault(item => item.Key == key);
        if (asked.Key is null)
        {
            throw new FormatException($"No prompt and no answer is called “{key}”.");
        }

        double Part(ImmutableArray<string[]> text) => text.Sum(words => words.Length * Math.Max(PartHeard(words, first), PartHeard(words, second))) / text.Sum(words => words.Length);
        var part = Part(asked.Sentences);
        return IsAnswer(key) && texts.Any(item => IsAnswer(item.Key) && Part(item.Sentences) > part) ? 0 : part;
    }

    static bool IsAnswer(string key) => key.StartsWith("ssa-", StringComparison.Ordinal) || key.StartsWith("opm-", StringComparison.Ordinal);

    /// <summary>The part of the words that stands in one place of what was heard, in order.</summary>
    internal static double PartHeard(IReadOnlyList<string> words, IReadOnlyList<string> heard)
    {
        var best = 0;
        var width = words.Count + (words.Count / 3) + 1;
        for (var start = 0; start < heard.Count; start++)
        {
            // A place begins with a word of the text.
            if (words.Contains(heard[start], StringComparer.Ordinal))
            {
                best = Math.Max(best, InOrder(words, heard, start, Math.Min(heard.Count, start + width)));
            }
        }

        return (double)best / words.Count;
    }

    /// <summary>Length of the longest common subsequence.</summary>
    static int InOrder(IReadOnlyList<string> words, IReadOnlyList<string> heard, int from, int to)
    {
        var row = new int[words.Count + 1];
        for (var at = from; at < to; at++)
        {
            var diagonal = 0;
            for (var index = 1; index <= words.Count; index++)
            {
                (diagonal, row[index]) = (row[index], heard[at] == words[index - 1] ? diagonal + 1 : Math.Max(row[index], row[index - 1]));
            }
        }

        return row[^1];
    }
}

/// <summary>What a caller understood.</summary>
/// <param name="First">Words by the language model.</param>
/// <param name="Second">Words among the sentences that came near; none when they do not fit.</param>
sealed record Heard(CallerEar Ear, IReadOnlyList<string> First, IReadOnlyList<string> Second)
{
    internal string Text => string.Join(' ', Second.Count > 0 ? Second : First);

    /// <summary>Whether a prompt or an answer was played (by its key), or, in quotes, whether words were.</summary>
    internal bool Contains(string expected) => (expected is ['"', .., '"']
        ? Math.Max(CallerEar.PartHeard(SpokenWords.Of(expected), First), CallerEar.PartHeard(SpokenWords.Of(expected), Second))
        : Ear.PartOf(expected, First, Second)) >= CallerEar.Enough;

    /// <summary>The key that was named for something: “for more, say it or press 1”; null when none was understood.</summary>
    internal string? KeyFor(string title) => KeyFor(SpokenWords.Of(title), Second) ?? KeyFor(SpokenWords.Of(title), First);

    static string? KeyFor(string[] title, IReadOnlyList<string> heard)
    {
        var found = (Part: 0.5, Key: (string?)null);
        var before = 0;
        for (var at = 0; at + 1 < heard.Count; at++)
        {
            if (heard[at] == "press" && SpokenWords.KeyOf(heard[at + 1]) is { } key)
            {
                var part = CallerEar.PartHeard(title, [.. heard.Take(at).Skip(Math.Max(before, at - title.Length - 6))]);
                found = part > found.Part ? (part, key) : found;
                before = at + 2;
            }
        }

        return found.Key;
    }
}
