using System.Globalization;
using System.Text;

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
        foreach (var character in text.Length > MostCharacters ? text[..MostCharacters].Normalize(NormalizationForm.FormKD) : Decompose(text))
        {
            if (char.IsAsciiLetterOrDigit(character))
            {
                if (space && folded.Length > 0)
                {
                    folded.Append(' ');
                }

                space = false;
                folded.Append(char.ToLowerInvariant(character));
            }
            else if (character is '\'' or '’' or '‘' or '`' || CharUnicodeInfo.GetUnicodeCategory(character) == UnicodeCategory.NonSpacingMark)
            {
                // "don't" is "dont", and "código" is "codigo": neither splits a word.
            }
            else
            {
                space = true;
            }
        }

        return folded.ToString();
    }

    static string Decompose(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        try
        {
            return text.Normalize(NormalizationForm.FormKD);
        }
        catch (ArgumentException)
        {
            // A lone surrogate from the wire: read what can be read.
            return new string([.. text.Where(character => !char.IsSurrogate(character))]).Normalize(NormalizationForm.FormKD);
        }
    }
}
