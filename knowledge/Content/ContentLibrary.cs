using System.Collections.Frozen;
using System.Collections.Immutable;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Troubleshooting;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Content;

/// <summary>An immutable snapshot of everything that can be said and of everything understanding learns from.</summary>
/// <param name="Facts">Numbers, dates, links.</param>
/// <param name="Packs">One per language that has content. English is always there.</param>
/// <param name="Flows">The ways through trouble, in every language.</param>
public sealed record ContentLibrary(FactSheet Facts, FrozenDictionary<Language, LanguagePack> Packs, FlowBook Flows)
{
    /// <summary>The pack of a language, or the English one where that language has no FAQ yet.</summary>
    public LanguagePack this[Language language] => Packs.TryGetValue(language, out var pack) ? pack : Packs[Language.En];

    /// <summary>Whether a conversation can be held in the language: its FAQ is complete.</summary>
    public bool Speaks(Language language) => Packs.TryGetValue(language, out var pack) && pack.Entries.Count > 0;
}

/// <summary>The content of one language.</summary>
public sealed record LanguagePack(
    Language Language,
    FrozenDictionary<string, FaqEntry> Entries,
    FrozenDictionary<string, Topic> Topics,
    ImmutableArray<Intent> Intents,
    FrozenDictionary<string, Wording> Prompts,
    Lexicon Lexicon,
    Router Router,
    StepLexicon Steps,
    CodeLexicon Codes)
{
    /// <summary>Entries in the order of their slugs: every run trains and lists in the same order.</summary>
    public ImmutableArray<FaqEntry> OrderedEntries { get; } = [.. Entries.Values.OrderBy(entry => entry.Slug, StringComparer.Ordinal)];

    public ImmutableArray<Topic> OrderedTopics { get; } = [.. Topics.Values.OrderBy(topic => topic.Slug, StringComparer.Ordinal)];
}
