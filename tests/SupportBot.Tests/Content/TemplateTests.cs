using SupportBot.Knowledge.Content;

namespace SupportBot.Tests.Content;

public sealed class TemplateTests
{
    [Theory]
    [InlineData("no names", "no names")]
    [InlineData("{title}", "Baking")]
    [InlineData("a {title}, then {number}.", "a Baking, then 2.")]
    [InlineData("{title}{title}", "BakingBaking")]
    [InlineData("open until {hours}.", "open until 7:00 p.m.")]
    [InlineData("{hours}, or later.", "7:00 p.m., or later.")]
    [InlineData("{unknown} {title}", "{unknown} Baking")]
    [InlineData("open { brace", "open { brace")]
    [InlineData("{}", "{}")]
    [InlineData("close } first {number}", "close } first 2")]
    [InlineData("", "")]
    public void Names_in_braces_are_filled_and_unknown_ones_stay(string template, string expected) =>
        Assert.Equal(expected, Template.Fill(template, Value));

    [Fact]
    public void What_is_put_in_is_not_looked_at_again() =>
        Assert.Equal("{number}", Template.Fill("{title}", name => name == "title" ? "{number}" : "wrong"));

    [Fact]
    public void Names_come_with_their_places() =>
        Assert.Equal([("a", 2), ("b-c", 6)], Template.NamesIn("x {a} {b-c}"));

    static string? Value(string name) => name switch
    {
        "title" => "Baking",
        "number" => "2",
        "hours" => "7:00 p.m.",
        _ => null,
    };
}
