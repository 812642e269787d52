using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Troubleshooting;

namespace SupportBot.Tests.Troubleshooting;

public sealed class MailWindowTests
{
    [Theory]
    [InlineData("2026-11-02", "2026-11-12", "2026-12-02")]
    [InlineData("2026-11-05", "2026-11-16", "2026-12-05")] // the tenth day is a Sunday
    [InlineData("2026-11-01", "2026-11-12", "2026-12-01")] // Veterans Day
    [InlineData("2026-11-16", "2026-11-27", "2026-12-16")] // Thanksgiving
    [InlineData("2026-12-15", "2026-12-26", "2027-01-14")] // Christmas
    public void The_mail_comes_within_ten_days_but_not_on_sundays_and_holidays(string asked, string expected, string validUntil)
    {
        Assert.True(LocalDay.TryParse(asked, out var day));

        Assert.Equal((expected, validUntil), (new MailWindow(day).ExpectedBy.ToString(), new MailWindow(day).ValidUntil.ToString()));
    }

    [Theory]
    [InlineData("2026-11-11", "early")]
    [InlineData("2026-11-12", "due")]
    [InlineData("2026-11-13", "late")]
    [InlineData("2026-12-02", "late")]
    [InlineData("2026-12-03", "expired")]
    public void A_code_is_early_due_late_or_expired(string today, string window)
    {
        Assert.True(LocalDay.TryParse(today, out var day));

        Assert.Equal(window, new MailWindow(new(2026, 11, 2)).On(day));
    }

    [Fact]
    public void Days_are_said_in_both_languages()
    {
        Assert.Equal("Tuesday, December 1", DayText.Of(new(2026, 12, 1), Language.En));
        Assert.Equal("miércoles 2 de diciembre", DayText.Of(new(2026, 12, 2), Language.Es));
    }
}
