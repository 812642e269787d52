using System.Collections.Frozen;
using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using NodaTime;
using NodaTime.Text;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Troubleshooting;

namespace SupportBot.Knowledge.Escalations;

/// <summary>Whether the help desk is open, in the zone of the person who asks.</summary>
public sealed class HelpDeskHours
{
    readonly HelpDeskOptions options;
    readonly OpeningHours hours;
    readonly FrozenSet<LocalDate> closures;
    readonly DateTimeZone otherwise;
    readonly ZoneTable zones;

    public HelpDeskHours(IOptions<HelpDeskOptions> options, ZoneTable zones)
    {
        this.options = options.Value;
        this.zones = zones;
        hours = OpeningHours.Parse(this.options.Hours, out _)!;
        closures = Closures(this.options.Closures, out _).ToFrozenSet();
        otherwise = DateTimeZoneProviders.Tzdb[this.options.TimeZone];
    }

    /// <summary>Open or closed now, for somebody in a state or with an area code; the configured zone when neither tells.</summary>
    public HelpDeskStatus StatusAt(DateTimeOffset now, string? state, PhoneNumber? contact) =>
        new(IsOpenAt(now, state, contact), options.TransferTo.Length > 0);

    bool IsOpenAt(DateTimeOffset now, string? state, PhoneNumber? contact)
    {
        if (options.State != "auto")
        {
            return options.State == "open";
        }

        var local = LocalAt(now, state, contact);
        return hours.Contains(local) && !Holidays.IsObserved(local.Date) && !closures.Contains(local.Date);
    }

    /// <summary>The day where somebody is, as far as a state or an area code tells.</summary>
    public LocalDay DayAt(DateTimeOffset now, string? state, PhoneNumber? contact) => new(LocalAt(now, state, contact).Date.ToDateOnly().DayNumber);

    LocalDateTime LocalAt(DateTimeOffset now, string? state, PhoneNumber? contact) =>
        Instant.FromDateTimeOffset(now).InZone(zones.OfState(state) ?? zones.OfAreaCode(contact?.AreaCode) ?? otherwise).LocalDateTime;

    /// <summary>Dates of <see cref="HelpDeskOptions.Closures"/>; what is no date goes to <paramref name="problem"/>.</summary>
    internal static ImmutableArray<LocalDate> Closures(string text, out string? problem)
    {
        var parsed = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(part => (part, result: LocalDatePattern.Iso.Parse(part))).ToList();
        problem = parsed.Where(item => !item.result.Success).Select(item => $"“{item.part}” is no date like 2026-12-24").FirstOrDefault();
        return [.. parsed.Where(item => item.result.Success).Select(item => item.result.Value)];
    }
}

/// <summary>Everything wrong with <see cref="HelpDeskOptions"/>, at start.</summary>
sealed class HelpDeskOptionsValidation : IValidateOptions<HelpDeskOptions>
{
    public ValidateOptionsResult Validate(string? name, HelpDeskOptions options)
    {
        var problems = new List<string>();
        if (OpeningHours.Parse(options.Hours, out var hours) is null)
        {
            problems.Add($"HelpDesk:Hours {hours}.");
        }

        _ = HelpDeskHours.Closures(options.Closures, out var closures);
        if (closures is not null)
        {
            problems.Add($"HelpDesk:Closures {closures}.");
        }

        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(options.TimeZone) is null)
        {
            problems.Add($"HelpDesk:TimeZone “{options.TimeZone}” is no IANA time zone like America/Chicago.");
        }

        if (options.TransferTo.Length > 0 && !PhoneNumber.TryParse(options.TransferTo, out _) && !options.TransferTo.StartsWith("sip:", StringComparison.OrdinalIgnoreCase))
        {
            problems.Add("HelpDesk:TransferTo must be a phone number like +12025550123 or a sip: address.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}

/// <summary>Where people are, as far as a state or an area code tells (<c>lexicon/zones.yaml</c>).</summary>
public sealed class ZoneTable
{
    readonly FrozenDictionary<string, DateTimeZone> states;
    readonly FrozenDictionary<string, DateTimeZone> areaCodes;

    ZoneTable(IEnumerable<KeyValuePair<string, DateTimeZone>> states, IEnumerable<KeyValuePair<string, DateTimeZone>> areaCodes)
    {
        this.states = states.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        this.areaCodes = areaCodes.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Reads the table of a content folder; throws <see cref="ContentException"/> with every problem.</summary>
    public static ZoneTable Load(string folder)
    {
        const string path = "lexicon/zones.yaml";
        var problems = new List<ContentProblem>();
        var root = YamlFile.Parse(path, File.ReadAllText(Path.Combine(folder, path)), problems);
        DateTimeZone? Zone(string? id, int line)
        {
            var zone = id is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(id);
            if (zone is null)
            {
                problems.Add(new(path, line, $"“{id}” is no IANA time zone"));
            }

            return zone;
        }

        var byState = root.Child("states").Entries()
            .Select(entry => (entry.Key, Zone: Zone(entry.Value.Text(), entry.Line)))
            .Where(entry => entry.Zone is not null)
            .Select(entry => KeyValuePair.Create(entry.Key, entry.Zone!)).ToList();
        var byAreaCode = root.Child("area-codes").Entries()
            .SelectMany(entry => Zone(entry.Key, entry.Line) is { } zone ? entry.Value.Texts().Select(code => KeyValuePair.Create(code.Text, zone)) : []).ToList();
        return problems.Count == 0 ? new(byState, byAreaCode) : throw new ContentException(problems);
    }

    /// <summary>Zone of a two-letter state or territory; null when unknown.</summary>
    public DateTimeZone? OfState(string? state) => state is not null && states.TryGetValue(state, out var zone) ? zone : null;

    /// <summary>Zone of a North American area code; null when unknown. A hint only: people keep their numbers when they move.</summary>
    public DateTimeZone? OfAreaCode(string? areaCode) => areaCode is not null && areaCodes.TryGetValue(areaCode, out var zone) ? zone : null;
}
