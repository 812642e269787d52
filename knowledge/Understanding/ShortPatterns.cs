using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace SupportBot.Knowledge.Understanding;

/// <summary>Regular expressions over folded text of which any may hold; for hundreds of small sets, read in the first part of a message only.</summary>
/// <remarks>
/// A linear-time automaton costs over a megabyte and some ten milliseconds to build, whatever its size (520 sets: 800 MB, 17 s). These cost next to nothing
/// to build; what they may cost to match is bounded by the length that is read and by a time limit, after which nothing was found.
/// </remarks>
public sealed class ShortPatterns
{
    const int MostCharacters = 600;

    static readonly TimeSpan patience = TimeSpan.FromMilliseconds(50);

    readonly Regex? pattern;

    /// <param name="patterns">Throws <see cref="ArgumentException"/> when one is no regular expression.</param>
    public ShortPatterns(ImmutableArray<string> patterns)
    {
        Sources = patterns;
        pattern = patterns.IsEmpty ? null : Compile(string.Join('|', patterns));
    }

    public static ShortPatterns None { get; } = new([]);

    /// <summary>As they were given.</summary>
    public ImmutableArray<string> Sources { get; }

    public bool Matches(string folded)
    {
        try
        {
            return pattern is not null && pattern.IsMatch(folded.AsSpan(0, Math.Min(folded.Length, MostCharacters)));
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    /// <summary>What is wrong with one pattern; null when it can be used.</summary>
    public static string? ProblemOf(string pattern)
    {
        if (pattern.Contains("(?=", StringComparison.Ordinal) || pattern.Contains("(?!", StringComparison.Ordinal) || pattern.Contains("(?<", StringComparison.Ordinal))
        {
            return "it looks around, which takes more than one pass";
        }

        try
        {
            _ = Compile(pattern);
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }

    static Regex Compile(string pattern) => new($@"\b(?:{pattern})\b", RegexOptions.CultureInvariant, patience);
}
