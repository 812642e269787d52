using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Troubleshooting;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Tests.Troubleshooting;

public sealed class DatePhraseTests
{
    /// <summary>A Monday.</summary>
    static readonly LocalDay today = new(2026, 11, 16);

    [Theory]
    [InlineData("yesterday", "2026-11-15", "2026-11-15")]
    [InlineData("I asked on November 3rd", "2026-11-03", "2026-11-03")]
    [InlineData("november tenth", "2026-11-10", "2026-11-10")]
    [InlineData("the 3rd of November, 2025", "2025-11-03", "2025-11-03")]
    [InlineData("December 24", "2025-12-24", "2025-12-24")]
    [InlineData("11/3/2026", "2026-11-03", "2026-11-03")]
    [InlineData("2026-11-03", "2026-11-03", "2026-11-03")]
    [InlineData("last Monday", "2026-11-09", "2026-11-09")]
    [InlineData("on friday", "2026-11-13", "2026-11-13")]
    [InlineData("three days ago", "2026-11-13", "2026-11-13")]
    [InlineData("two weeks ago", "2026-10-31", "2026-11-04")]
    [InlineData("I made it in 2019", "2019-01-01", "2019-12-31")]
    [InlineData("before 2021", "1990-01-01", "2020-12-31")]
    [InlineData("before September 18, 2021", "1990-01-01", "2021-09-17")]
    [InlineData("since 2022", "2022-01-01", "2026-11-16")]
    [InlineData("in August 2021", "2021-08-01", "2021-08-31")]
    public void English_days_are_read(string said, string from, string until) => AssertSpan(said, Language.En, from, until);

    [Theory]
    [InlineData("ayer", "2026-11-15", "2026-11-15")]
    [InlineData("el diez de noviembre", "2026-11-10", "2026-11-10")]
    [InlineData("el 3 de noviembre", "2026-11-03", "2026-11-03")]
    [InlineData("hace tres días", "2026-11-13", "2026-11-13")]
    [InlineData("hace dos semanas", "2026-10-31", "2026-11-04")]
    [InlineData("el lunes pasado", "2026-11-09", "2026-11-09")]
    [InlineData("antes de 2021", "1990-01-01", "2020-12-31")]
    [InlineData("la hice en 2019", "2019-01-01", "2019-12-31")]
    public void Spanish_days_are_read(string said, string from, string until) => AssertSpan(said, Language.Es, from, until);

    [Theory]
    [InlineData("it may work")]
    [InlineData("I waited three weeks")]
    [InlineData("call me at 7 o'clock")]
    public void What_is_no_day_is_none(string said) => Assert.Null(DatePhrase.Find(Normalizer.Fold(said), Language.En, today));

    static void AssertSpan(string said, Language language, string from, string until)
    {
        var span = DatePhrase.Find(Normalizer.Fold(said), language, today);

        Assert.Equal((from, until), (span?.From.ToString(), span?.Until.ToString()));
    }
}
