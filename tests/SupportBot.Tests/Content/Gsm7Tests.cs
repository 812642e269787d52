using FsCheck;
using FsCheck.Fluent;
using SupportBot.Knowledge.Content;

namespace SupportBot.Tests.Content;

public sealed class Gsm7Tests
{
    [Theory]
    [InlineData("Hello, it's 8:00 @ £5 _ ñ ü é à Ñ Ü ¿ ¡", "Hello, it's 8:00 @ £5 _ ñ ü é à Ñ Ü ¿ ¡")]
    [InlineData("código, número, aquí, así", "codigo, numero, aqui, asi")]
    [InlineData("Á É Í Ó Ú", "A É I O U")]
    [InlineData("“Help Desk” and ‘it’s’", "\"Help Desk\" and 'it's'")]
    [InlineData("a – b — c…", "a - b - c...")]
    [InlineData("1\u00A0000\u202Fand\u2009so", "1 000 and so")]
    [InlineData("[x] {y} ~ ^ | \\ €", "[x] {y} ~ ^ | \\ €")]
    [InlineData("a → b • c", "a -> b - c")]
    [InlineData("façade Çelik", "facade Çelik")]
    [InlineData("o\u0301", "o")]
    public void A_text_is_written_in_its_nearest_form(string text, string expected) => Assert.Equal(expected, Gsm7.Fold(text, out _));

    [Theory]
    [InlineData("plain", null)]
    [InlineData("código “x”", null)]
    [InlineData("smile 😀 and 漢", "😀")]
    [InlineData("漢 then 😀", "漢")]
    [InlineData("`", "`")]
    public void The_first_character_without_a_form_is_named(string text, string? expected)
    {
        var folded = Gsm7.Fold(text, out var lost);

        Assert.Equal(expected, lost);
        Assert.Equal(expected is not null, folded.Contains('?', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(160, 1)]
    [InlineData(161, 2)]
    [InlineData(306, 2)]
    [InlineData(307, 3)]
    [InlineData(459, 3)]
    [InlineData(460, 4)]
    public void Segments_of_plain_characters(int characters, int segments) => Assert.Equal(segments, Gsm7.Segments(new('a', characters)));

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("€", 2)]
    [InlineData("[a]", 5)]
    [InlineData("a\nb", 3)]
    public void The_extension_table_costs_two_septets(string text, int septets) => Assert.Equal(septets, Gsm7.Septets(text));

    [Fact]
    public void Eighty_euro_signs_fill_one_segment_and_one_more_begins_another()
    {
        Assert.Equal(1, Gsm7.Segments(new('€', 80)));
        Assert.Equal(2, Gsm7.Segments(new('€', 81)));
    }

    [Fact]
    public void What_was_folded_is_not_folded_again() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>(),
        text =>
        {
            var once = Gsm7.Fold(text ?? "", out _);
            return Gsm7.Fold(once, out var lost) == once && lost is null;
        }).QuickCheckThrowOnFailure();
}
