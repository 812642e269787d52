using System.Collections.Frozen;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Ivr.Carriers;

/// <summary>Which of our numbers belongs to which agency: setting <c>Agencies:Numbers</c>, e.g. <c>+12025550100=ssa, +12025550101=opm</c>.</summary>
public sealed class CalledNumbers(IConfiguration configuration)
{
    readonly FrozenDictionary<string, Agency> agencies = Pairs(configuration.GetSection("Agencies:Numbers"))
        .Where(pair => PhoneNumber.TryParse(pair.Number, out _))
        .ToFrozenDictionary(pair => PhoneNumber.TryParse(pair.Number, out var number) ? number.Value : "", pair => Parse(pair.Agency), StringComparer.Ordinal);

    /// <summary>Unknown for a number that is not listed.</summary>
    public Agency AgencyOf(PhoneNumber? ours) => ours is { } number && agencies.TryGetValue(number.Value, out var agency) ? agency : Agency.Unknown;

    static IEnumerable<(string Number, string Agency)> Pairs(IConfigurationSection section) =>
        (section.Value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2, StringSplitOptions.TrimEntries))
            .Where(pair => pair.Length == 2)
            .Select(pair => (pair[0], pair[1]))
            .Concat(section.GetChildren().Select(child => (child.Key, child.Value ?? "")));

    static Agency Parse(string agency) => Enum.TryParse<Agency>(agency, ignoreCase: true, out var parsed) ? parsed : Agency.Unknown;
}
