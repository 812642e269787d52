using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using SupportBot.Ivr.Voice;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Troubleshooting;

namespace SupportBot.Tests.Audio;

/// <summary>
/// A caller who understands English and knows what such a line may say, but not what it says now: that is heard. First by a language model of all that the content
/// can say, then again among the sentences that came near.
/// </summary>
sealed class CallerEar
{
    const int CandidateTexts = 6;
    const int CandidateSentences = 20;
    const int CandidateTitles = 8;
    const int MostChoices = 4;
    const int CommonWeight = 5;
    const int References = 40;
    const int ReferenceDigits = 8;

    static readonly string[] fragments = ["way-", "duration-", "code-choice-", "passcode-name-", Prompts.Months, Prompts.DateLong];

    /// <summary>Part of a text's words that must be heard in their order.</summary>
    internal const double Enough = 0.6;

    readonly ImmutableArray<(string Key, ImmutableArray<string[]> Sentences)> texts;
    readonly ImmutableArray<string[]> sentences;
    readonly ImmutableArray<string[]> commonTitles;
    readonly ImmutableArray<string[]> otherTitles;
    readonly Func<string, string, string> choice;
    readonly Listening model;

    /// <summary>A prompt sounds the same whenever it is played.</summary>
    readonly ConcurrentDictionary<string, Task<Heard>> known = new(StringComparer.Ordinal);

    /// <param name="content">Everything that can be said, with its key.</param>
    /// <param name="common">Titles of choices that are offered everywhere.</param>
    /// <param name="other">Titles of the other choices.</param>
    /// <param name="choice">How a choice is offered: title and number → words.</param>
    internal CallerEar(IEnumerable<(string Key, string Text)> content, IEnumerable<string> common, IEnumerable<string> other, Func<string, string, string> choice)
    {
        this.choice = choice;
        texts = [.. content.Select(item => (item.Key, Sentences: SpokenWords.Sentences(item.Text.Replace("{reference}", "", StringComparison.Ordinal)).ToImmutableArray())).Where(item => !item.Sentences.IsEmpty)];
        sentences = [.. texts.SelectMany(item => item.Sentences).DistinctBy(words => string.Join(' ', words), StringComparer.Ordinal)];
        commonTitles = [.. common.Select(SpokenWords.Of)];
        otherTitles = [.. other.Select(SpokenWords.Of)];
        model = Listening.ForTexts(
        [
            .. sentences,
            .. texts.Select(item => item.Sentences.SelectMany(words => words).ToArray()),
            .. Enumerable.Repeat(commonTitles, CommonWeight).SelectMany(titles => titles).Concat(otherTitles).SelectMany(title => Enumerable.Range(1, MostChoices)
                .Select(number => SpokenWords.Of(choice(string.Join(' ', title), number.ToString(CultureInfo.InvariantCulture))))),
            .. Enumerable.Range(0, References).Select(index => (string[])["c", "as", "in", "charlie", .. (10_000_000L + (index * 2_468_013L)).ToString(CultureInfo.InvariantCulture).Select(SpokenWords.WordOf)]),
        ]);
    }

    /// <summary>Knows the English prompts and answers; each prompt by its key, each answer by its slug.</summary>
    internal static CallerEar For(ContentLibrary library)
    {
        var pack = library[Language.En];
        return new(
            pack.Prompts.Where(prompt => !IsFragment(prompt.Key)).OrderBy(prompt => prompt.Key, StringComparer.Ordinal).Select(prompt => (prompt.Key, prompt.Value.Spoken.Replace("{topic}", "", StringComparison.Ordinal)))
                .Concat(pack.OrderedEntries.Select(entry => (entry.Slug, entry.Answer.Spoken)))
                .Concat(pack.OrderedEntries.Where(entry => entry.More is not null).Select(entry => ($"{entry.Slug}/more", entry.More!)))
                .Concat(library.Flows.OrderedSlots.Select(slot => (slot.Name, slot.Ask[Language.En].Spoken)))
                .Concat(library.Flows.OrderedFlows.SelectMany(flow => flow.Steps.Values.OfType<Step.Do>().OrderBy(step => step.Name, StringComparer.Ordinal).Select(step => ($"{flow.Name}/{step.Name}", step.Say[Language.En].Spoken)))),
            pack.Prompts.Where(prompt => prompt.Key.EndsWith("-choice", StringComparison.Ordinal) || prompt.Key is Prompts.SomethingElse or Prompts.AgencySsa or Prompts.AgencyOpm)
                .Where(prompt => prompt.Key != Prompts.MenuChoice).OrderBy(prompt => prompt.Key, StringComparer.Ordinal).Select(prompt => prompt.Value.Spoken),
            pack.OrderedEntries.Select(entry => SpokenText.Of(entry.Title, Language.En))
                .Concat(pack.Prompts.Where(prompt => prompt.Key.StartsWith("code-choice-", StringComparison.Ordinal)).OrderBy(prompt => prompt.Key, StringComparer.Ordinal).Select(prompt => prompt.Value.Spoken))
                .Concat(library.Flows.OrderedSlots.SelectMany(slot => slot.Values.Select(value => value.Title[Language.En].Spoken))),
            (title, number) => Template.Fill(pack.Prompts[Prompts.MenuChoice].Spoken, name => name == "title" ? title : number));
    }

    /// <summary>What is only ever said inside something else.</summary>
    static bool IsFragment(string key) =>
        key.EndsWith("-choice", StringComparison.Ordinal) || fragments.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>What the caller understands of a sound from the line.</summary>
    internal Task<Heard> ListenAsync(Sound sound, CancellationToken cancellationToken) =>
        known.GetOrAdd(Convert.ToHexStringLower(SHA256.HashData(sound.ToRaw())), _ => ListenAfreshAsync(sound, cancellationToken));

    async Task<Heard> ListenAfreshAsync(Sound sound, CancellationToken cancellationToken)
    {
        var first = (await AudioLine.HearAsync(sound, model, cancellationToken)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var near = texts.OrderByDescending(item => Part(item.Sentences, first, first)).Take(CandidateTexts).SelectMany(item => item.Sentences)
            .Concat(Nearest(sentences, first, CandidateSentences)).DistinctBy(words => string.Join(' ', words), StringComparer.Ordinal).ToList();
        var titles = commonTitles.Concat(Nearest(otherTitles, first, CandidateTitles)).ToList();
        string[] numbers = [.. Enumerable.Range(1, MostChoices).Select(number => SpokenWords.WordOf((char)('0' + number)))];
        string[] digits = [.. "0123456789".Select(SpokenWords.WordOf)];
        var offer = string.Join(' ', SpokenWords.Of(choice("atitle", "anumber"))).Replace("atitle", "<title>", StringComparison.Ordinal).Replace("anumber", "<number>", StringComparison.Ordinal);
        var second = await AudioLine.HearAsync(
            sound,
            Listening.ForGrammar(
                $"""
                public <said> = ( <choice> | <reference> | {Alternatives(near)} )+;
                <reference> = c as in charlie {string.Join(' ', Enumerable.Repeat("<digit>", ReferenceDigits))};
                <digit> = {string.Join(" | ", digits)};
                <choice> = {offer};
                <title> = {Alternatives(titles)};
                <number> = {string.Join(" | ", numbers)};
                """,
                [.. near.Concat(titles).SelectMany(words => words).Concat(numbers).Concat(digits).Concat(["c", "as", "in", "charlie"]).Concat(offer.Split(' ').Where(word => word[0] != '<')).Distinct(StringComparer.Ordinal)]),
            cancellationToken);
        return new(this, first, second.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    static List<string[]> Nearest(IEnumerable<string[]> texts, IReadOnlyList<string> heard, int most) =>
        [.. texts.Select(words => (Words: words, Part: PartHeard(words, heard))).OrderByDescending(item => item.Part).ThenByDescending(item => item.Words.Length).Take(most).Select(item => item.Words)];

    static string Alternatives(IEnumerable<string[]> texts) => string.Join(" | ", texts.Select(words => string.Join(' ', words)));

    /// <summary>The part of a text, named by its key, that is in one of two hearings; for an answer none when another answer is there more fully.</summary>
    internal double PartOf(string key, IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        var asked = texts.FirstOrDefault(item => item.Key == key);
        if (asked.Key is null)
        {
            throw new FormatException($"No prompt and no answer is called “{key}”.");
        }

        var part = Part(asked.Sentences, first, second);
        return IsAnswer(key) && texts.Any(item => IsAnswer(item.Key) && Part(item.Sentences, first, second) > part) ? 0 : part;
    }

    static double Part(ImmutableArray<string[]> text, IReadOnlyList<string> first, IReadOnlyList<string> second) =>
        text.Sum(words => words.Length * Math.Max(PartHeard(words, first), PartHeard(words, second))) / text.Sum(words => words.Length);

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
    internal string Text => string.Join(' ', Second);

    internal static Heard Nothing(CallerEar ear) => new(ear, [], []);

    internal Heard Then(Heard next) => this with { First = [.. First, .. next.First], Second = [.. Second, .. next.Second.Count > 0 ? next.Second : next.First] };

    /// <summary>Whether a prompt or an answer was played (by its key), or, in quotes, whether words were.</summary>
    internal bool Contains(string expected) => (expected is ['"', .., '"']
        ? Math.Max(CallerEar.PartHeard(SpokenWords.Of(expected), First), CallerEar.PartHeard(SpokenWords.Of(expected), Second))
        : Ear.PartOf(expected, First, Second)) >= CallerEar.Enough;

    /// <summary>The key that was named for something: “for more, say it or press 1”, “press 1 for more”; null when none was understood.</summary>
    internal string? KeyFor(string title) => KeyFor(SpokenWords.Of(title), Second) ?? KeyFor(SpokenWords.Of(title), First);

    static string? KeyFor(string[] title, IReadOnlyList<string> heard)
    {
        var named = Enumerable.Range(0, Math.Max(0, heard.Count - 1)).Where(at => heard[at] == "press" && SpokenWords.KeyOf(heard[at + 1]) is not null).ToList();
        var found = (Part: 0.5, Key: (string?)null);
        foreach (var (index, at) in named.Index())
        {
            var previous = index == 0 ? 0 : named[index - 1] + 2;
            var following = index == named.Count - 1 ? heard.Count : named[index + 1];
            var about = at > 0 && heard[at - 1] == "or"
                ? heard.Take(at).Skip(Math.Max(previous, at - title.Length - 6))
                : heard.Take(Math.Min(following, at + 2 + title.Length + 3)).Skip(at + 2);
            var part = CallerEar.PartHeard(title, [.. about]);
            found = part > found.Part ? (part, SpokenWords.KeyOf(heard[at + 1])) : found;
        }

        return found.Key;
    }
}
