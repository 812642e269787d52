using NodaTime;
using SupportBot.Knowledge.Escalations;

namespace SupportBot.Knowledge.Troubleshooting;

/// <summary>When a mailed activation code is due and until when it holds (ssa-faq, "What is an activation code?").</summary>
/// <param name="Asked">The day on which it was asked for.</param>
public readonly record struct MailWindow(LocalDay Asked)
{
    const int MailDays = 10;
    const int ValidDays = 30;

    /// <summary>The last day on which it should come: the tenth, or the next one with mail (none on Sundays and federal holidays).</summary>
    public LocalDay ExpectedBy
    {
        get
        {
            var day = Asked.PlusDays(MailDays);
            while (!HasMail(day.Date))
            {
                day = day.PlusDays(1);
            }

            return day;
        }
    }

    /// <summary>The last day on which it can be used.</summary>
    public LocalDay ValidUntil => Asked.PlusDays(ValidDays);

    /// <summary><c>early</c>, <c>due</c>, <c>late</c> or <c>expired</c>.</summary>
    public string On(LocalDay today) =>
        today > ValidUntil ? "expired" : today > ExpectedBy ? "late" : today == ExpectedBy ? "due" : "early";

    static bool HasMail(DateOnly day) => day.DayOfWeek != DayOfWeek.Sunday && !Holidays.IsObserved(LocalDate.FromDateOnly(day));
}
