using System.Text;
using SupportBot.Knowledge.Content;

namespace SupportBot.Knowledge.Understanding;

/// <summary>One plain form of what was said, for rules and ranking. The original stays for the transcript.</summary>
public static class Normalizer
{
    /// <summary>Longest message that is read; the rest of a longer one is not looked at.</summary>
    public const int MostCharacters = 4_000;

    /// <summary>Lower case, no accents, no apostrophes, every other mark a single space; letters and digits stay.</summary>
    public static string Fold(string text)
    {
        var folded = new StringBuilder(Math.Min(text.Length, MostCharacters));
        var space = false;
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, MostCharacters)))
        {
            var letter = LatinLetters.Bare(character);
            if (char.IsAsciiLetterOrDigit(letter))
            {
                if (space && folded.Length > 0)
                {
                    folded.Append(' ');
                }

                space = false;
                folded.Append(char.ToLowerInvariant(letter));
            }
            else if (letter is not ('\'' or '’' or '‘' or '`' or '´') && !LatinLetters.IsMark(letter))
            {
                // "don't" is "dont", and "código" is "codigo": neither splits a word. Everything else does.
                space = true;
            }
        }

        return folded.ToString();
    }
}
