using System.Text.RegularExpressions;

namespace SupportBot.Knowledge.Understanding;

/// <summary>Masks what nobody should have typed: Social Security, Medicare and card numbers, phone numbers, codes, e-mail addresses, passwords.</summary>
/// <remarks>
/// Works on any text in linear time. Six digits or more count as private unless they are years, a date, a case reference
/// (known by its C) or a number that we say ourselves.
/// </remarks>
public static class Redactor
{
    public const string Mask = "•••";

    /// <summary>The text with private data masked, and whether any was there.</summary>
    public static (string Text, bool Found) Redact(string text)
    {
        var found = false;
        string Masked(Match match)
        {
            found = true;
            return Mask;
        }

        var masked = Email.Replace(text, Masked);
        masked = Secret.Replace(masked, match =>
        {
            var word = match.Groups["secret"].Value;
            if (!LooksSecret(word))
            {
                return match.Value;
            }

            found = true;
            return match.Value[..^word.Length] + Mask;
        });
        masked = Medicare.Replace(masked, Masked);
        masked = LetteredCode.Replace(masked, match => IsCase(masked, match) ? match.Value : Masked(match));
        masked = Digits.Replace(masked, match => IsPrivate(masked, match) ? Masked(match) : match.Value);
        masked = SpelledDigits.Replace(masked, Masked);
        return (masked, found);
    }

    /// <summary>For eyes outside: what <see cref="Redact"/> lets pass because it is ours or public (case references, toll-free numbers, dates) is masked as well.</summary>
    public static string RedactNumbers(string text) => LongNumber.Replace(Redact(text).Text, Mask);

    static bool IsCase(string text, Match match) => IsAfterC(text, match.Index) || match.Value[0] is 'c' or 'C';

    static bool IsAfterC(string text, int index)
    {
        while (index > 0 && text[index - 1] is ' ' or '-')
        {
            index--;
        }

        return index > 0 && text[index - 1] is 'c' or 'C' && (index == 1 || !char.IsLetterOrDigit(text[index - 2]));
    }

    static bool IsPrivate(string text, Match match)
    {
        var groups = match.Value.Split((char[])[' ', '-', '.', '(', ')', '/'], StringSplitOptions.RemoveEmptyEntries);
        var digits = string.Concat(groups);
        return digits.Length >= 6
            && !groups.All(IsYear)
            && !IsDate(groups)
            && !IsTollFree(digits)
            && !(digits.Length == 8 && IsAfterC(text, match.Index));
    }

    static bool IsYear(string group) => group.Length == 4 && (group.StartsWith("19", StringComparison.Ordinal) || group.StartsWith("20", StringComparison.Ordinal));

    static bool IsDate(string[] groups) =>
        groups.Length == 3 && ((groups[0].Length <= 2 && groups[1].Length <= 2 && IsYear(groups[2])) || (IsYear(groups[0]) && groups[1].Length <= 2 && groups[2].Length <= 2));

    static bool IsTollFree(string digits)
    {
        var national = digits.Length == 11 && digits[0] == '1' ? digits[1..] : digits;
        return national.Length == 10 && national[..3] is "800" or "833" or "844" or "855" or "866" or "877" or "888";
    }

    static bool LooksSecret(string word) => word.Any(char.IsAsciiDigit) || word.Any(character => !char.IsLetterOrDigit(character) && character is not '\'' and not '’') || Mixed(word);

    static bool Mixed(string word) => word.Skip(1).Any(char.IsUpper) && word.Any(char.IsLower);

    static Regex Of(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    static readonly Regex Email = Of(@"[a-z0-9._%+\-]+ ?@ ?[a-z0-9\-]+(\.[a-z0-9\-]+)+|\b[a-z0-9._]+ at (gmail|yahoo|hotmail|aol|outlook|icloud|comcast|verizon|att|msn) dot (com|net)\b");
    static readonly Regex Secret = Of(@"\b(password|passcode|pass word|passwd|pwd|pw|contraseña|contrasena|clave|pin)([ ][a-zñáéíóú'’]+){0,5}?( is| was|:| =|=| es| era)+ *(?<secret>[^\s,;]{4,}[^\s,;.!?])");
    static readonly Regex Medicare = Of(@"\b[1-9][a-z][a-z0-9]\d-?[a-z][a-z0-9]\d-?[a-z]{2}\d{2}\b");
    static readonly Regex LetteredCode = Of(@"\b[a-z]-?\d{6,9}\b|\b\d{6,8}[a-z]\b|\b(?:\d{2,6}[a-z]\d{2,6})\b");
    static readonly Regex Digits = Of(@"\+?\(?\d(?:[ \-.()/]{0,2}\d){5,24}");
    static readonly Regex LongNumber = Of(@"\d(?:[ \-.()/]{0,2}\d){5,}");
    static readonly Regex SpelledDigits = Of(
        @"\b(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)[ ,.\-]+){5,20}(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)\b");
}
