using System.Collections.Immutable;
using System.Globalization;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Troubleshooting;

/// <summary>A day in words, the same on every machine: "Tuesday, December 1", "martes 1 de diciembre".</summary>
public static class DayText
{
    public static string Of(LocalDay day, Language language)
    {
        var date = day.Date;
        var number = date.Day.ToString(CultureInfo.InvariantCulture);
        return language switch
        {
            Language.En => $"{date.ToString("dddd, MMMM", CultureInfo.InvariantCulture)} {number}",
            Language.Es => $"{weekdays[(int)date.DayOfWeek]} {number} de {months[date.Month - 1]}",
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    static readonly ImmutableArray<string> weekdays = ["domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"];

    static readonly ImmutableArray<string> months =
        ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"];
}
