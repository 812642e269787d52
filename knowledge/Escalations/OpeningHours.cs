using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace SupportBot.Knowledge.Escalations;

/// <summary>Days and times of a week, as written in <see cref="HelpDeskOptions.Hours"/>.</summary>
public sealed record OpeningHours(ImmutableArray<OpeningHours.Span> Spans)
{
    static readonly ImmutableArray<string> days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    public sealed record Span(IsoDayOfWeek From, IsoDayOfWeek To, LocalTime Opens, LocalTime Closes);

    /// <summary>Reads <c>Mon-Fri 08:00-19:00, Sat 09:00-12:00</c>; null with the reason when it is malformed.</summary>
    public static OpeningHours? Parse(string text, out string? problem)
    {
        var spans = ImmutableArray.CreateBuilder<Span>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 2 || Days(words[0]) is not { } range || Times(words[1]) is not { } times)
            {
                problem = $"“{part}” must look like Mon-Fri 08:00-19:00";
                return null;
            }

            spans.Add(new(range.From, range.To, times.Opens, times.Closes));
        }

        problem = spans.Count == 0 ? "names no day" : null;
        return spans.Count == 0 ? null : new(spans.ToImmutable());
    }

    /// <summary>Whether the desk is open at a local time: from the opening minute to just before the closing one.</summary>
    public bool Contains(LocalDateTime time) => Spans.Any(span =>
        time.DayOfWeek >= span.From && time.DayOfWeek <= span.To && time.TimeOfDay >= span.Opens && time.TimeOfDay < span.Closes);

    static (IsoDayOfWeek From, IsoDayOfWeek To)? Days(string text)
    {
        var ends = text.Split('-');
        var first = days.IndexOf(ends[0].ToLower(CultureInfo.InvariantCulture));
        var last = ends.Length switch { 1 => first, 2 => days.IndexOf(ends[1].ToLower(CultureInfo.InvariantCulture)), _ => -1 };
        return first < 0 || last < first ? null : ((IsoDayOfWeek)(first + 1), (IsoDayOfWeek)(last + 1));
    }

    static (LocalTime Opens, LocalTime Closes)? Times(string text)
    {
        var pattern = LocalTimePattern.CreateWithInvariantCulture("HH:mm");
        var ends = text.Split('-');
        return ends.Length == 2 && pattern.Parse(ends[0]) is { Success: true } opens && pattern.Parse(ends[1]) is { Success: true } closes && opens.Value < closes.Value
            ? (opens.Value, closes.Value)
            : null;
    }
}
