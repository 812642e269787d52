using SupportBot.Knowledge.Escalations;

namespace SupportBot.Tests.Escalations;

public sealed class OpeningHoursTests
{
    [Theory]
    [InlineData("Mon-Fri 08:00-19:00", "2026-11-16T08:00", true)]
    [InlineData("Mon-Fri 08:00-19:00", "2026-11-16T07:59", false)]
    [InlineData("Mon-Fri 08:00-19:00", "2026-11-20T18:59", true)]
    [InlineData("Mon-Fri 08:00-19:00", "2026-11-20T19:00", false)]
    [InlineData("Mon-Fri 08:00-19:00", "2026-11-21T12:00", false)]
    [InlineData("mon-fri 08:00-19:00, SAT 09:00-12:00", "2026-11-21T11:59", true)]
    [InlineData("Mon-Fri 08:00-12:00,Mon-Fri 13:00-19:00", "2026-11-18T12:30", false)]
    [InlineData("Mon-Fri 08:00-12:00,Mon-Fri 13:00-19:00", "2026-11-18T13:00", true)]
    [InlineData("Sun 00:00-23:59", "2026-11-22T00:00", true)]
    public void Open_from_the_first_minute_to_just_before_the_last(string hours, string local, bool isOpen)
    {
        var time = NodaTime.Text.LocalDateTimePattern.CreateWithInvariantCulture("yyyy-MM-dd'T'HH:mm").Parse(local).Value;

        Assert.Equal(isOpen, OpeningHours.Parse(hours, out _)!.Contains(time));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" , ")]
    [InlineData("always")]
    [InlineData("Mon-Fri")]
    [InlineData("Fri-Mon 08:00-19:00")]
    [InlineData("Mon-Tue-Wed 08:00-19:00")]
    [InlineData("Mon 8-19")]
    [InlineData("Mon 19:00-08:00")]
    [InlineData("Mon 08:00-08:00")]
    [InlineData("Mon 08:00-24:30")]
    [InlineData("Montag 08:00-19:00")]
    public void What_cannot_be_read_is_refused_with_a_reason(string hours)
    {
        Assert.Null(OpeningHours.Parse(hours, out var problem));
        Assert.False(string.IsNullOrWhiteSpace(problem));
    }
}
