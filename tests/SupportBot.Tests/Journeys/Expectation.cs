using System.Text;
using System.Text.RegularExpressions;
using SupportBot.Knowledge.Escalations;

namespace SupportBot.Tests.Journeys;

/// <summary>What a journey expects of an answer: exact text, <c>…</c> for anything, <c>{name}</c> for what must be the same wherever the name stands.</summary>
sealed partial class Expectation
{
    readonly Dictionary<string, string> known = new(StringComparer.Ordinal);

    /// <summary>Whether the text fits; names that were unknown are known afterwards.</summary>
    internal bool Fits(string expected, string actual)
    {
        var fresh = new List<string>();
        var pattern = new StringBuilder("^");
        var at = 0;
        foreach (var match in Marks().EnumerateMatches(expected))
        {
            pattern.Append(Regex.Escape(expected[at..match.Index]));
            var mark = expected.Substring(match.Index, match.Length);
            pattern.Append(mark == "…" ? ".*" : PatternOf(mark[1..^1], fresh));
            at = match.Index + match.Length;
        }

        pattern.Append(Regex.Escape(expected[at..])).Append('$');
        var found = Regex.Match(Plain(actual), Plain(pattern.ToString()), RegexOptions.Singleline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
        foreach (var name in found.Success ? fresh : [])
        {
            known[name] = found.Groups[name].Value;
        }

        return found.Success;
    }

    /// <summary>What the person says, with what they were told before in place of its name; a case number that they heard, as they wrote it down.</summary>
    internal string Fill(string said) =>
        known.Aggregate(said, (text, name) => text.Replace($"{{{name.Key}}}", CaseReference.FindIn(name.Value)?.Value ?? name.Value, StringComparison.Ordinal));

    string PatternOf(string name, List<string> fresh)
    {
        if (known.TryGetValue(name, out var value))
        {
            // A case number is spelled on the phone and written elsewhere.
            return CaseReference.FindIn(value) is { } reference
                ? $"C(?:-| as in Charlie | de Carmen ){string.Join(" ?", reference.Value.Where(char.IsAsciiDigit))}"
                : Regex.Escape(value);
        }

        if (fresh.Contains(name))
        {
            return $@"\k<{name}>";
        }

        fresh.Add(name);
        return $@"(?<{name}>[^\s.,*](?:[^\n.,*]*[^\s.,*])?)";
    }

    /// <summary>Quotes and spaces are not what a journey is about.</summary>
    static string Plain(string text) => text.Replace('’', '\'').Replace('“', '"').Replace('”', '"').Replace('\u00A0', ' ');

    [GeneratedRegex(@"…|\{[a-z]+\}", RegexOptions.NonBacktracking)]
    private static partial Regex Marks();
}
