using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SupportBot.Tests.Audio;

/// <summary>Text as the words that are heard when it is read out: lower case, numbers in words.</summary>
static partial class SpokenWords
{
    static readonly string[] ones =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
        "eighteen", "nineteen",
    ];

    static readonly string[] tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    internal static string[] Of(string text)
    {
        var spoken = Number().Replace(text.Replace('’', '\'').ToLowerInvariant(), number => $" {Read(number.Groups["digits"].Value)} ");
        return [.. NotWord().Split(spoken).Select(word => word.Trim('\'')).Where(word => word.Length > 0)];
    }

    internal static IEnumerable<string[]> Sentences(string text) => SentenceEnd().Split(text).Select(Of).Where(words => words.Length > 0);

    /// <summary>The key that a word names; null when it names none.</summary>
    internal static string? KeyOf(string word) => word == "star" ? "*" : Array.IndexOf(ones, word) is var digit and >= 0 and <= 9 ? digit.ToString(CultureInfo.InvariantCulture) : null;

    internal static string WordOf(char digit) => ones[digit - '0'];

    /// <summary>As espeak-ng reads it: a year is a number like any other.</summary>
    static string Read(string digits) =>
        digits.Length > 4 ? string.Join(' ', digits.Select(WordOf)) : Cardinal(int.Parse(digits, CultureInfo.InvariantCulture));

    static string Cardinal(int number)
    {
        var words = new StringBuilder();
        if (number >= 1_000)
        {
            words.Append(Below100(number / 1_000)).Append(" thousand ");
        }

        if (number % 1_000 >= 100)
        {
            words.Append(ones[number % 1_000 / 100]).Append(" hundred ");
        }

        return number == 0 || number % 100 > 0 ? words.Append(Below100(number % 100)).ToString() : words.ToString();
    }

    static string Below100(int number) => number < 20 ? ones[number] : number % 10 == 0 ? tens[number / 10] : $"{tens[number / 10]} {ones[number % 10]}";

    [GeneratedRegex(@"(?<digits>\d{1,18})(?:st|nd|rd|th)?", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Number();

    [GeneratedRegex(@"[^\p{L}']+", RegexOptions.NonBacktracking)]
    private static partial Regex NotWord();

    [GeneratedRegex(@"[.?!]\s+|\n+", RegexOptions.NonBacktracking)]
    private static partial Regex SentenceEnd();
}
