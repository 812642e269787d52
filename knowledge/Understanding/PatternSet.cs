using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace SupportBot.Knowledge.Understanding;

/// <summary>Regular expressions over folded text, matched in linear time, of which any may hold.</summary>
public sealed class PatternSet
{
    // The engine's guard against foreign patterns; ours are reviewed data, and larger automata still match in linear time.
    static PatternSet() => AppContext.SetData("REGEX_NONBACKTRACKING_MAX_AUTOMATA_SIZE", 60_000);

    /// <summary>Matching is linear; only building an automaton on a very busy machine takes long.</summary>
    static readonly TimeSpan patience = TimeSpan.FromSeconds(30);

    readonly ImmutableArray<Regex> patterns;

    /// <param name="patterns">Throws <see cref="ArgumentException"/> or <see cref="NotSupportedException"/> when one cannot be used.</param>
    /// <param name="isWhole">They must match the whole message, not words in it.</param>
    public PatternSet(ImmutableArray<string> patterns, bool isWhole = false) => this.patterns = Compile(patterns, isWhole);

    public bool Matches(string folded)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.IsMatch(folded))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What is wrong with one pattern; null when it can be used.</summary>
    public static string? ProblemOf(string pattern)
    {
        try
        {
            _ = Compile(pattern, isWhole: false);
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return exception.Message;
        }
    }

    /// <summary>As few automata as the engine allows: patterns are joined, and parted again where the join grows too large.</summary>
    static ImmutableArray<Regex> Compile(ImmutableArray<string> patterns, bool isWhole)
    {
        if (patterns.IsEmpty)
        {
            return [];
        }

        try
        {
            return [Compile(string.Join('|', patterns), isWhole)];
        }
        catch (NotSupportedException) when (patterns.Length > 1)
        {
            return [.. Compile(patterns[..(patterns.Length / 2)], isWhole), .. Compile(patterns[(patterns.Length / 2)..], isWhole)];
        }
    }

    static Regex Compile(string pattern, bool isWhole) => new(
        isWhole ? $"^(?:{pattern})$" : $@"\b(?:{pattern})\b", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, patience);
}
