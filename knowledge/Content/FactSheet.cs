using System.Collections.Immutable;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Content;

/// <summary>A number, date, link or phone number that people are told, in the forms of one language.</summary>
public sealed record Fact(string Id, ImmutableDictionary<Language, Wording> Forms, string Source, string AsOf, int Line);

/// <summary>All facts by id. Content names them in braces: <c>{ssa-phone}</c>.</summary>
public sealed class FactSheet(ImmutableDictionary<string, Fact> facts)
{
    public ImmutableDictionary<string, Fact> Facts { get; } = facts;

    public bool Contains(string id) => Facts.ContainsKey(id);

    public Wording this[string id, Language language] => Facts[id].Forms[language];
}
