using System.Security.Cryptography;

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
}
