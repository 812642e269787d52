using System.Xml.Linq;
using SupportBot.Ivr.Voice;
using SupportBot.Knowledge.Conversations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Voice;

/// <summary>What the carrier is told to expect from a caller.</summary>
public sealed class HintsTests
{
    [Theory]
    [InlineData(Language.En, "more", "this as a text message", "one", "two", "activation code", "Help Desk", "repeat", "not yet")]
    [InlineData(Language.Es, "more", "this as a text message", "uno", "dos", "código de activación", "representante", "repita", "todavía no")]
    public void Hints_name_what_may_be_said_now(Language language, params string[] expected)
    {
        var hints = HintsOf(language, new Choice(1, "more"), new Choice(2, "this as a text message"));

        Assert.Equal(expected[..4], hints[..4]);
        Assert.Subset(hints.ToHashSet(StringComparer.Ordinal), expected.ToHashSet(StringComparer.Ordinal));
        Assert.DoesNotContain("three", hints);
    }

    [Theory]
    [InlineData(Language.En)]
    [InlineData(Language.Es)]
    public void Hints_keep_the_limits_of_the_carrier(Language language)
    {
        var hints = HintsOf(language, new Choice(1, new string('a', 101)), new Choice(2, " , "), new Choice(3, "yes, please"));

        Assert.InRange(hints.Length, 1, 500);
        Assert.All(hints, hint => Assert.InRange(hint.Length, 1, 100));
        Assert.Contains("yes  please", hints);
    }

    static string[] HintsOf(Language language, params Choice[] choices)
    {
        var state = new Conversation { Id = new("c"), Channel = Channel.Voice, Language = language };
        var document = XDocument.Parse(new VoiceRenderer(BotApplication.Shipped.Library, 0, "").Document(state, new Reply { Choices = [.. choices] }));
        return [.. document.Root!.Element("Gather")!.Attribute("hints")!.Value.Split(',').Select(hint => hint.Trim())];
    }
}
