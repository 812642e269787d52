using NodaTime;
using NodaTime.Text;
using SupportBot.Knowledge.Escalations;

namespace SupportBot.Tests.Escalations;

public sealed class HolidaysTests
{
    /// <summary>Days on which federal offices are closed, as the Office of Personnel Management lists them for each year.</summary>
    static readonly Dictionary<int, string> observed = new()
    {
        [2024] = "2024-01-01 2024-01-15 2024-02-19 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-10-14 2024-11-11 2024-11-28 2024-12-25",
        [2025] = "2025-01-01 2025-01-20 2025-02-17 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-10-13 2025-11-11 2025-11-27 2025-12-25",
        [2026] = "2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-10-12 2026-11-11 2026-11-26 2026-12-25",
        [2027] = "2027-01-01 2027-01-18 2027-02-15 2027-05-31 2027-06-18 2027-07-05 2027-09-06 2027-10-11 2027-11-11 2027-11-25 2027-12-24 2027-12-31",
        [2028] = "2028-01-17 2028-02-21 2028-05-29 2028-06-19 2028-07-04 2028-09-04 2028-10-09 2028-11-10 2028-11-23 2028-12-25",
        [2029] = "2029-01-01 2029-01-15 2029-02-19 2029-05-28 2029-06-19 2029-07-04 2029-09-03 2029-10-08 2029-11-12 2029-11-22 2029-12-25",
        [2030] = "2030-01-01 2030-01-21 2030-02-18 2030-05-27 2030-06-19 2030-07-04 2030-09-02 2030-10-14 2030-11-11 2030-11-28 2030-12-25",
    };

    public static TheoryData<int> Years => [.. observed.Keys];

    [Theory, MemberData(nameof(Years))]
    public void Offices_are_closed_on_exactly_the_listed_days(int year)
    {
        var days = Enumerable.Range(0, 366).Select(day => new LocalDate(year, 1, 1).PlusDays(day)).Where(day => day.Year == year);

        Assert.Equal(observed[year].Split(' '), days.Where(Holidays.IsObserved).Select(LocalDatePattern.Iso.Format));
    }

    [Fact]
    public void New_Year_on_a_Saturday_is_observed_in_the_year_before()
    {
        Assert.True(Holidays.IsObserved(new(2027, 12, 31)));
        Assert.False(Holidays.IsObserved(new(2028, 1, 1)));
        Assert.True(Holidays.IsObserved(new(2021, 12, 31)));
    }
}
