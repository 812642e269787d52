using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;

namespace SupportBot.Knowledge.Limits;

/// <summary>How much anybody may ask for. Section <c>Limits</c>. None of these touches the count of wrong tries, which is in <c>Passcodes</c>.</summary>
public sealed class LimitOptions
{
    public const string Section = "Limits";

    /// <summary>False lifts the limits per conversation, address, number range and country: for load tests, and behind a gate of one's own.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Codes to one contact in ten minutes (Login.gov: ten in five).</summary>
    [Range(1, 1_000_000)]
    public int ContactPerTenMinutes { get; set; } = 10;

    /// <summary>Codes to one contact in a day.</summary>
    [Range(1, 1_000_000)]
    public int ContactPerDay { get; set; } = 50;

    /// <summary>Codes for one account in a day.</summary>
    [Range(1, 1_000_000)]
    public int AccountPerDay { get; set; } = 50;

    /// <summary>Codes that one conversation may have sent again in a day.</summary>
    [Range(1, 1_000_000)]
    public int ConversationPerDay { get; set; } = 5;

    /// <summary>Codes to numbers that share their first seven digits, in an hour.</summary>
    [Range(1, 10_000_000)]
    public int RangePerHour { get; set; } = 500;

    /// <summary>Codes to numbers of one country in a day.</summary>
    [Range(1, 100_000_000)]
    public int CountryPerDay { get; set; } = 100_000;

    /// <summary>Requests with one API key in a minute.</summary>
    [Range(1, 100_000_000)]
    public int KeyPerMinute { get; set; } = 60_000;

    /// <summary>Requests with a wrong key, or none, from one address in ten minutes.</summary>
    [Range(1, 10_000_000)]
    public int AddressRefusalsPerTenMinutes { get; set; } = 300;

    /// <summary>Countries whose numbers get codes, parted by commas (ISO 3166): the United States and its territories.</summary>
    [Required]
    public string Countries { get; set; } = "US, PR, VI, GU, AS, MP";

    /// <summary>A share of used security codes below this raises an alarm and divides the limits per range and country by <see cref="TightenBy"/>.</summary>
    [Range(0, 1)]
    public double UseShareAlarm { get; set; } = 0.2;

    /// <summary>Fewer codes than this in the last hour tell nothing about how many are used.</summary>
    [Range(1, 10_000_000)]
    public int UseShareFewest { get; set; } = 200;

    /// <summary>See <see cref="UseShareAlarm"/>.</summary>
    [Range(1, 1_000)]
    public int TightenBy { get; set; } = 5;

    public FrozenSet<string> AllowedCountries => Countries.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
