using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Understanding;
using Wording = SupportBot.Knowledge.Content.Wording;

namespace SupportBot.Knowledge.Troubleshooting;

/// <summary>Something that may be known about a person's situation (<c>slots/NAME.yaml</c>): asked once, or read from any message.</summary>
/// <param name="Name">File name.</param>
/// <param name="Ask">The question.</param>
/// <param name="Why">What "why do you ask?" is answered with.</param>
/// <param name="Values">In the order of the keys 1 to 4.</param>
/// <param name="IsLasting">It is about the person rather than about this way through trouble, so it is kept when the way ends.</param>
/// <param name="Cues">Words that must stand beside a date before it is taken for this slot without having been asked for; null when no date is.</param>
public sealed record Slot(
    string Name, FrozenDictionary<Language, Wording> Ask, FrozenDictionary<Language, Wording> Why, ImmutableArray<SlotValue> Values,
    FrozenDictionary<Language, ShortPatterns>? Cues, bool IsLasting)
{
    /// <summary>Whether the value is kept as a date, because how long ago it was matters.</summary>
    public bool IsDay => Values.Any(value => value.DaysAgo is not null);

    bool HasDates => IsDay || Values.Any(value => value.From is not null || value.Until is not null);

    /// <summary>What a message tells about the slot when nobody asked; null when nothing sure.</summary>
    public string? Overheard(string folded, Language language, LocalDay today) =>
        (IsCued(folded, language) ? Day(folded, language, today) : null)
        ?? Only(value => value.Words[language].Matches(folded))
        ?? (IsCued(folded, language) ? Dated(folded, language, today) : null);

    /// <summary>What a message tells as the answer to this slot's question; null when it is no answer.</summary>
    public string? Answered(string folded, Language language, LocalDay today) =>
        Day(folded, language, today)
        ?? Only(value => value.Words[language].Matches(folded))
        ?? Only(value => value.Answers[language].Matches(folded))
        ?? (HasDates ? Dated(folded, language, today) : null);

    /// <summary>The value's name for what is kept: itself, or the value whose days hold a kept date.</summary>
    public string ValueOf(string kept, LocalDay today) => LocalDay.TryParse(kept, out var day)
        ? Values.FirstOrDefault(value => value.HoldsAgo(today.Number - day.Number))?.Name ?? Values[^1].Name
        : kept;

    public SlotValue this[string value] => Values.First(item => item.Name == value);

    string? Only(Func<SlotValue, bool> matches) => Values.Where(matches).Take(2).ToList() is [var only] ? only.Name : null;

    bool IsCued(string folded, Language language) => Cues is { } cues && cues[language].Matches(folded);

    /// <summary>An exact day, which tells more than any value; null where the slot keeps none.</summary>
    string? Day(string folded, Language language, LocalDay today) =>
        IsDay && DatePhrase.Find(folded, language, today) is { } span && span.From == span.Until && span.From <= today ? span.From.ToString() : null;

    string? Dated(string folded, Language language, LocalDay today)
    {
        if (DatePhrase.Find(folded, language, today) is not { } span)
        {
            return null;
        }

        // A stretch of days only counts where one value holds all of it.
        return IsDay
            ? Only(value => value.HoldsAgo(today.Number - span.From.Number) && value.HoldsAgo(today.Number - span.Until.Number))
            : Only(value => value.Holds(span));
    }
}

/// <summary>One thing that a slot may be.</summary>
/// <param name="Name">As flows name it.</param>
/// <param name="Title">What the button says and what may be spoken.</param>
/// <param name="From">First day that means this value; null when it has none.</param>
/// <param name="Until">Last day that means this value; null when it has none.</param>
/// <param name="DaysAgo">Days before today, both included; null when the value is none of days.</param>
/// <param name="Words">Sure wherever they are said.</param>
/// <param name="Answers">Short answers, read only after the question.</param>
public sealed record SlotValue(
    string Name, FrozenDictionary<Language, Wording> Title, LocalDay? From, LocalDay? Until, (int From, int To)? DaysAgo,
    FrozenDictionary<Language, ShortPatterns> Words, FrozenDictionary<Language, ShortPatterns> Answers)
{
    internal bool Holds(DateSpan span) => (From is not null || Until is not null) && (From is null || span.From >= From) && (Until is null || span.Until <= Until);

    internal bool HoldsAgo(int days) => DaysAgo is { } range && days >= range.From && days <= range.To;
}

/// <summary>A calendar day where the person is.</summary>
/// <param name="Number">Days since 0001-01-01.</param>
public readonly record struct LocalDay(int Number) : IComparable<LocalDay>
{
    public LocalDay(int year, int month, int day)
        : this(new DateOnly(year, month, day).DayNumber)
    {
    }

    public DateOnly Date => DateOnly.FromDayNumber(Number);

    /// <summary>Reads <c>2026-11-03</c>.</summary>
    public static bool TryParse(string? text, out LocalDay day)
    {
        var isDay = DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date);
        day = isDay ? new(date.DayNumber) : default;
        return isDay;
    }

    public LocalDay PlusDays(int days) => new(Number + days);

    public int CompareTo(LocalDay other) => Number.CompareTo(other.Number);

    public static bool operator <(LocalDay left, LocalDay right) => left.Number < right.Number;

    public static bool operator >(LocalDay left, LocalDay right) => left.Number > right.Number;

    public static bool operator <=(LocalDay left, LocalDay right) => left.Number <= right.Number;

    public static bool operator >=(LocalDay left, LocalDay right) => left.Number >= right.Number;

    /// <summary><c>2026-11-03</c>.</summary>
    public override string ToString() => Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
