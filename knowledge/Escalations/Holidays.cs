using NodaTime;

namespace SupportBot.Knowledge.Escalations;

/// <summary>The eleven federal holidays (5 U.S.C. 6103), on the day they are observed.</summary>
public static class Holidays
{
    /// <summary>Whether offices are closed: the holiday itself, Friday before one on a Saturday, Monday after one on a Sunday.</summary>
    public static bool IsObserved(LocalDate date) =>
        OfYear(date.Year).Any(holiday => Observed(holiday) == date)

        // New Year's Day on a Saturday is observed in the year before.
        || Observed(new LocalDate(date.Year + 1, 1, 1)) == date;

    static IEnumerable<LocalDate> OfYear(int year) =>
    [
        new(year, 1, 1),
        Nth(year, 1, IsoDayOfWeek.Monday, 3),
        Nth(year, 2, IsoDayOfWeek.Monday, 3),
        new LocalDate(year, 6, 1).Previous(IsoDayOfWeek.Monday),
        new(year, 6, 19),
        new(year, 7, 4),
        Nth(year, 9, IsoDayOfWeek.Monday, 1),
        Nth(year, 10, IsoDayOfWeek.Monday, 2),
        new(year, 11, 11),
        Nth(year, 11, IsoDayOfWeek.Thursday, 4),
        new(year, 12, 25),
    ];

    static LocalDate Nth(int year, int month, IsoDayOfWeek day, int n) =>
        new LocalDate(year, month, 1).PlusDays(-1).Next(day).PlusWeeks(n - 1);

    static LocalDate Observed(LocalDate holiday) => holiday.DayOfWeek switch
    {
        IsoDayOfWeek.Saturday => holiday.PlusDays(-1),
        IsoDayOfWeek.Sunday => holiday.PlusDays(1),
        _ => holiday,
    };
}
