using System.Text.RegularExpressions;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Content;

/// <summary>Both languages say the same: the same entries, prompts and facts.</summary>
public sealed partial class LanguageParityTests
{
    static string Faq(string language) => Path.Combine(ContentLoader.DefaultFolder, "faq", language);

    public static TheoryData<string> Slugs() => [.. Directory.EnumerateFiles(Faq("en"), "*.md").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Slugs))]
    public void An_entry_tells_the_same_facts_in_both_languages(string slug)
    {
        var english = FactsBySection(File.ReadAllText(Path.Combine(Faq("en"), slug + ".md")));
        var spanish = FactsBySection(File.ReadAllText(Path.Combine(Faq("es"), slug + ".md")));

        Assert.Equal(english, spanish);
    }

    [Fact]
    public void Every_language_has_the_same_prompts_and_kinds_of_intent()
    {
        var english = BotApplication.Shipped.Library[Language.En];
        var spanish = BotApplication.Shipped.Library[Language.Es];

        Assert.Equal(english.Prompts.Keys.Order(StringComparer.Ordinal), spanish.Prompts.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            english.Intents.Select(intent => intent.Outcome).Distinct().Order(StringComparer.Ordinal),
            spanish.Intents.Select(intent => intent.Outcome).Distinct().Order(StringComparer.Ordinal));
        Assert.All(spanish.OrderedEntries, entry => Assert.True(entry.Phrasings.Length >= 25, $"{entry.Slug} has {entry.Phrasings.Length} Spanish phrasings"));
        Assert.All(english.OrderedEntries, entry => Assert.True(entry.Phrasings.Length >= 60, $"{entry.Slug} has {entry.Phrasings.Length} English phrasings"));
    }

    /// <summary>"Text: ssa-hours ssa-phone" for each wording; the phrasings have none.</summary>
    static IEnumerable<string> FactsBySection(string file) => file.Split("\n## ").Skip(1)
        .Select(section => $"{section.Split('\n')[0]}: {string.Join(' ', FactName().Matches(section).Select(match => match.Value).Order(StringComparer.Ordinal).Distinct())}");

    [GeneratedRegex(@"\{[a-z-]+\}", RegexOptions.NonBacktracking)]
    private static partial Regex FactName();
}
