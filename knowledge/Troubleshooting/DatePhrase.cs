using System.Collections.Frozen;
using System.Globalization;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Troubleshooting;

/// <summary>Days from one to another, both included.</summary>
public readonly record struct DateSpan(LocalDay From, LocalDay Until);

/// <summary>Reads a day, month or year as people say it: "November 3rd", "in 2019", "before 2021", "two weeks ago", "el martes pasado".</summary>
/// <remarks>A rough word ("a few weeks ago") is a stretch of days, never a made-up day. What lies in the future is meant as last year's.</remarks>
public static class DatePhrase
{
    const int FirstYear = 1990;

    /// <summary>The first date of a folded message; null when there is none.</summary>
    public static DateSpan? Find(string folded, Language language, LocalDay today)
    {
        var words = folded.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var lexicon = language == Language.Es ? spanish : english;
        for (var at = 0; at < words.Length; at++)
        {
            if (Absolute(words, at, lexicon, today) is { } date)
            {
                return Bounded(words, at, date, lexicon, today);
            }

            if (Relative(words, at, lexicon, today) is { } span)
            {
                return span;
            }
        }

        return null;
    }

    /// <summary>"Before 2021" is everything up to it, "since 2022" everything from it.</summary>
    static DateSpan Bounded(string[] words, int at, DateSpan date, Lexicon lexicon, LocalDay today)
    {
        var before = words.AsSpan(Math.Max(0, at - 3)..at);
        foreach (var word in before)
        {
            if (lexicon.Before.Contains(word))
            {
                return new(new(FirstYear, 1, 1), date.From.PlusDays(-1));
            }

            if (lexicon.After.Contains(word))
            {
                return word is "since" or "desde" ? new(date.From, today) : new(date.Until.PlusDays(1), today);
            }
        }

        return date;
    }

    static DateSpan? Absolute(string[] words, int at, Lexicon lexicon, LocalDay today)
    {
        // "November 3rd 2026", "november 2026", "november"
        if (lexicon.Months.TryGetValue(words[at], out var month))
        {
            var next = at + 1;
            var day = next < words.Length ? DayOf(words[next]) : null;
            next += day is null ? 0 : 1;
            while (next < words.Length && words[next] is "of" or "de" or "del")
            {
                next++;
            }

            var year = next < words.Length ? YearOf(words[next], today) : null;
            day ??= DayBefore(words, at);

            // "May" and "marzo" alone may be other words; a month needs a day, a year, or a word that leads to one.
            return day is null && year is null && !(at > 0 && lexicon.In.Contains(words[at - 1])) ? null : OfMonth(year, month, day, today);
        }

        // "11 3 2026", as "11/3/2026" is folded; "11 3" alone could be anything.
        if (at + 2 < words.Length && DayOf(words[at]) is { } first && DayOf(words[at + 1]) is { } second && YearOf(words[at + 2], today) is { } numericYear)
        {
            return first <= 12 ? OfMonth(numericYear, first, second, today) : second <= 12 ? OfMonth(numericYear, second, first, today) : null;
        }

        if (at + 2 < words.Length && YearOf(words[at], today) is { } isoYear && DayOf(words[at + 1]) is <= 12 and int isoMonth && DayOf(words[at + 2]) is { } isoDay)
        {
            return OfMonth(isoYear, isoMonth, isoDay, today);
        }

        return words[at].Length == 4 && YearOf(words[at], today) is { } only ? new(new(only, 1, 1), new(only, 12, 31)) : null;
    }

    /// <summary>"3 de noviembre", "the 3rd of November".</summary>
    static int? DayBefore(string[] words, int at)
    {
        var before = at - 1;
        while (before >= 0 && words[before] is "of" or "de")
        {
            before--;
        }

        return before >= 0 ? DayOf(words[before]) : null;
    }

    static DateSpan? OfMonth(int? year, int month, int? day, LocalDay today)
    {
        var meant = year ?? today.Date.Year;
        if (day > DateTime.DaysInMonth(meant, month))
        {
            return null;
        }

        var span = day is { } known
            ? new DateSpan(new(meant, month, known), new(meant, month, known))
            : new(new(meant, month, 1), new(meant, month, DateTime.DaysInMonth(meant, month)));
        return year is null && span.From > today ? OfMonth(meant - 1, month, day, today) : span;
    }

    static DateSpan? Relative(string[] words, int at, Lexicon lexicon, LocalDay today)
    {
        if (lexicon.Days.TryGetValue(words[at], out var back))
        {
            // "Day before yesterday" and "anteayer" are a day more.
            var more = at > 1 && words[at - 1] == "before" && words[at - 2] == "day" ? 1 : 0;
            return Ago(today, back + more, back + more);
        }

        if (lexicon.Weekdays.TryGetValue(words[at], out var weekday))
        {
            var days = ((int)today.Date.DayOfWeek - weekday + 7) % 7;
            return Ago(today, days == 0 ? 7 : days, days == 0 ? 7 : days);
        }

        if (Amount(words, at, lexicon) is not var (count, after) || after >= words.Length || !lexicon.Units.TryGetValue(words[after], out var unit))
        {
            return LastUnit(words, at, lexicon, today);
        }

        var isAgo = (after + 1 < words.Length && lexicon.Ago.Contains(words[after + 1])) || (at > 0 && lexicon.Ago.Contains(words[at - 1]));
        if (!isAgo)
        {
            return null;
        }

        var number = count.Least * unit;
        var most = count.Most * unit;
        return unit == 1 && count.Least == count.Most
            ? Ago(today, number, number)
            : Ago(today, number - (unit / 3), most + (unit / 3));
    }

    /// <summary>"Last week", "el mes pasado".</summary>
    static DateSpan? LastUnit(string[] words, int at, Lexicon lexicon, LocalDay today)
    {
        if (!lexicon.Units.TryGetValue(words[at], out var unit) || unit == 1)
        {
            return null;
        }

        var isLast = (at > 0 && words[at - 1] is "last" or "past") || (at + 1 < words.Length && words[at + 1] is "pasada" or "pasado");
        var isThis = at > 0 && words[at - 1] is "this" or "esta" or "este";
        return isLast ? Ago(today, Math.Max(1, unit * 3 / 7), (unit * 2) - 1) : isThis ? Ago(today, 0, unit - 1) : null;
    }

    static DateSpan Ago(LocalDay today, int least, int most) => new(today.PlusDays(-most), today.PlusDays(-Math.Max(0, least)));

    static ((int Least, int Most) Count, int After)? Amount(string[] words, int at, Lexicon lexicon)
    {
        var next = at;
        while (next < words.Length && words[next] is "about" or "around" or "like" or "unos" or "unas" or "como")
        {
            next++;
        }

        if (next >= words.Length)
        {
            return null;
        }

        if (words[next] is "couple")
        {
            return ((2, 3), next + (next + 1 < words.Length && words[next + 1] == "of" ? 2 : 1));
        }

        if (words[next] is "few" or "several" or "unos" or "unas" or "varios" or "varias")
        {
            return ((2, 6), next + 1);
        }

        if (words[next] is "a" && next + 1 < words.Length && words[next + 1] is "couple" or "few")
        {
            return Amount(words, next + 1, lexicon);
        }

        if (lexicon.Numbers.TryGetValue(words[next], out var number) || (int.TryParse(words[next], NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is > 0 and < 100))
        {
            // "Una semana y media", "a week and a half": rough enough within the stretch of a unit.
            return ((number, number), next + 1);
        }

        return null;
    }

    static int? DayOf(string word)
    {
        if (ordinals.TryGetValue(word, out var ordinal))
        {
            return ordinal;
        }

        var digits = word.Length > 2 && word[^2..] is "st" or "nd" or "rd" or "th" ? word[..^2] : word;
        return digits.Length <= 2 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var day) && day is >= 1 and <= 31 ? day : null;
    }

    static int? YearOf(string word, LocalDay today) =>
        word.Length == 4 && int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var year) && year >= FirstYear && year <= today.Date.Year ? year : null;

    sealed record Lexicon(
        FrozenDictionary<string, int> Months, FrozenDictionary<string, int> Days, FrozenDictionary<string, int> Weekdays, FrozenDictionary<string, int> Units,
        FrozenDictionary<string, int> Numbers, FrozenSet<string> Ago, FrozenSet<string> Before, FrozenSet<string> After, FrozenSet<string> In);

    static readonly Lexicon english = new(
        Table(("january", 1), ("jan", 1), ("february", 2), ("feb", 2), ("march", 3), ("april", 4), ("apr", 4), ("may", 5), ("june", 6), ("jun", 6), ("july", 7), ("jul", 7),
            ("august", 8), ("aug", 8), ("september", 9), ("sept", 9), ("sep", 9), ("october", 10), ("oct", 10), ("november", 11), ("nov", 11), ("december", 12), ("dec", 12)),
        Table(("today", 0), ("tonight", 0), ("yesterday", 1)),
        Table(("sunday", 0), ("monday", 1), ("tuesday", 2), ("wednesday", 3), ("thursday", 4), ("friday", 5), ("saturday", 6)),
        Table(("day", 1), ("days", 1), ("week", 7), ("weeks", 7), ("month", 30), ("months", 30), ("year", 365), ("years", 365)),
        Table(("a", 1), ("an", 1), ("one", 1), ("two", 2), ("three", 3), ("four", 4), ("five", 5), ("six", 6), ("seven", 7), ("eight", 8), ("nine", 9), ("ten", 10),
            ("eleven", 11), ("twelve", 12), ("fifteen", 15), ("twenty", 20), ("thirty", 30)),
        Set("ago", "back"), Set("before", "prior"), Set("after", "since"), Set("in", "since", "last", "during", "early", "late"));

    static readonly Lexicon spanish = new(
        Table(("enero", 1), ("febrero", 2), ("marzo", 3), ("abril", 4), ("mayo", 5), ("junio", 6), ("julio", 7), ("agosto", 8), ("septiembre", 9), ("setiembre", 9),
            ("octubre", 10), ("noviembre", 11), ("diciembre", 12)),
        Table(("hoy", 0), ("ayer", 1), ("anteayer", 2), ("antier", 2)),
        Table(("domingo", 0), ("lunes", 1), ("martes", 2), ("miercoles", 3), ("jueves", 4), ("viernes", 5), ("sabado", 6)),
        Table(("dia", 1), ("dias", 1), ("semana", 7), ("semanas", 7), ("mes", 30), ("meses", 30), ("ano", 365), ("anos", 365)),
        Table(("un", 1), ("una", 1), ("uno", 1), ("dos", 2), ("tres", 3), ("cuatro", 4), ("cinco", 5), ("seis", 6), ("siete", 7), ("ocho", 8), ("nueve", 9), ("diez", 10),
            ("once", 11), ("doce", 12), ("quince", 15), ("veinte", 20), ("treinta", 30)),
        Set("hace", "atras"), Set("antes"), Set("despues", "desde"), Set("en", "desde", "pasado"));

    static readonly FrozenDictionary<string, int> ordinals = Table(
        ("first", 1), ("second", 2), ("third", 3), ("fourth", 4), ("fifth", 5), ("sixth", 6), ("seventh", 7), ("eighth", 8), ("ninth", 9), ("tenth", 10), ("eleventh", 11),
        ("twelfth", 12), ("thirteenth", 13), ("fourteenth", 14), ("fifteenth", 15), ("sixteenth", 16), ("seventeenth", 17), ("eighteenth", 18), ("nineteenth", 19), ("twentieth", 20),
        ("thirtieth", 30), ("primero", 1), ("uno", 1), ("dos", 2), ("tres", 3), ("cuatro", 4), ("cinco", 5), ("seis", 6), ("siete", 7), ("ocho", 8), ("nueve", 9), ("diez", 10), ("once", 11),
        ("doce", 12), ("trece", 13), ("catorce", 14), ("quince", 15), ("dieciseis", 16), ("diecisiete", 17), ("dieciocho", 18), ("diecinueve", 19), ("veinte", 20), ("veintiuno", 21),
        ("veintidos", 22), ("veintitres", 23), ("veinticuatro", 24), ("veinticinco", 25), ("veintiseis", 26), ("veintisiete", 27), ("veintiocho", 28), ("veintinueve", 29), ("treinta", 30));

    static FrozenDictionary<string, int> Table(params (string Word, int Value)[] entries) => entries.ToFrozenDictionary(entry => entry.Word, entry => entry.Value, StringComparer.Ordinal);

    static FrozenSet<string> Set(params string[] words) => FrozenSet.ToFrozenSet(words, StringComparer.Ordinal);
}
