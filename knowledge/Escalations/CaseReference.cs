using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Escalations;

/// <summary>What a person holds to go on with their case elsewhere: <c>C-4821 9930</c>.</summary>
/// <param name="Value">Always in that form.</param>
public readonly record struct CaseReference(string Value)
{
    /// <summary>Eight digits from the approved random source.</summary>
    public static CaseReference Random()
    {
        var digits = RandomNumberGenerator.GetInt32(0, 100_000_000).ToString("D8", System.Globalization.CultureInfo.InvariantCulture);
        return new($"C-{digits[..4]} {digits[4..]}");
    }

    /// <summary>The reference in a message, typed or spoken; null when there is none. The C, or a word like "case", must stand before the digits.</summary>
    public static CaseReference? FindIn(string text)
    {
        var words = Normalizer.Fold(text).Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => digitWords.TryGetValue(word, out var digit) ? digit : word);
        var found = Named.Match(string.Join(' ', words));
        if (!found.Success)
        {
            return null;
        }

        var digits = string.Concat(found.Groups["digits"].Value.Where(char.IsAsciiDigit));
        return new($"C-{digits[..4]} {digits[4..]}");
    }

    /// <summary>Four digits and nothing else of weight, typed or spoken; null when the message holds anything else.</summary>
    public static string? LastDigitsIn(string text)
    {
        var words = Normalizer.Fold(text).Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => digitWords.TryGetValue(word, out var digit) ? digit : word)
            .ToList();
        var digits = string.Concat(words.Where(word => word.All(char.IsAsciiDigit)));
        return digits.Length == 4 && words.Count < 10 ? digits : null;
    }

    static readonly FrozenDictionary<string, string> digitWords = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["zero"] = "0", ["oh"] = "0", ["one"] = "1", ["two"] = "2", ["three"] = "3", ["four"] = "4", ["five"] = "5", ["six"] = "6", ["seven"] = "7",
        ["eight"] = "8", ["nine"] = "9", ["cero"] = "0", ["uno"] = "1", ["dos"] = "2", ["tres"] = "3", ["cuatro"] = "4", ["cinco"] = "5", ["seis"] = "6",
        ["siete"] = "7", ["ocho"] = "8", ["nueve"] = "9",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Recognisers write the letter as they hear it.</summary>
    static readonly Regex Named = new(
        @"\b(?:c|see|sea|si|ce|charlie|carmen|case|caso|reference|referencia|number|numero)(?: (?:number|numero|reference|referencia|is|es|as|in|como|de|c|see|sea|ce|charlie|carmen)){0,6} ?(?<digits>(?:\d ?){7}\d)\b",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    public override string ToString() => Value;
}

/// <summary>Why a person is needed.</summary>
public enum EscalationReason
{
    Asked,
    NotUnderstood,
    Silence,
    NotHelped,
    NotHere,
    Crisis,
    Threat,
    Compromise,
    Failure,

    /// <summary>Step by step did not help.</summary>
    Stuck,

    /// <summary>The person goes on another time; nobody is needed yet.</summary>
    Later,
}
