using System.Collections.Frozen;

namespace SupportBot.Knowledge.Content;

/// <summary>Latin letters without their marks.</summary>
/// <remarks>A table, because Unicode normalization needs ICU, which a clean machine need not have.</remarks>
public static class LatinLetters
{
    static readonly FrozenDictionary<char, char> bare = Pairs(
        "áàâäãåāăą a", "ÁÀÂÄÃÅĀĂĄ A", "éèêëēĕėęě e", "ÉÈÊËĒĔĖĘĚ E", "íìîïĩīĭįı i", "ÍÌÎÏĨĪĬĮİ I", "óòôöõōŏőø o", "ÓÒÔÖÕŌŎŐØ O", "úùûüũūŭůűų u", "ÚÙÛÜŨŪŬŮŰŲ U",
        "ñńņňŉ n", "ÑŃŅŇ N", "çćĉċč c", "ÇĆĈĊČ C", "ýÿŷ y", "ÝŸŶ Y", "śŝşšș s", "ŚŜŞŠȘ S", "źżž z", "ŹŻŽ Z", "ďđ d", "ĎĐ D", "ťţțŧ t", "ŤŢȚŦ T", "ĺļľŀł l", "ĹĻĽĿŁ L",
        "ŕŗř r", "ŔŖŘ R", "ĝğġģ g", "ĜĞĠĢ G", "ĥħ h", "ĤĦ H", "ĵ j", "Ĵ J", "ķ k", "Ķ K", "ŵ w", "Ŵ W");

    /// <summary>The letter without marks; the character itself when it has none.</summary>
    public static char Bare(char character) => character < 0x80 ? character : bare.GetValueOrDefault(character, character);

    /// <summary>Whether the character is a mark that stands by itself after a letter.</summary>
    public static bool IsMark(char character) => character is >= '\u0300' and <= '\u036F';

    static FrozenDictionary<char, char> Pairs(params ReadOnlySpan<string> rows)
    {
        var pairs = new Dictionary<char, char>();
        foreach (var row in rows)
        {
            foreach (var marked in row[..^2])
            {
                pairs[marked] = row[^1];
            }
        }

        return pairs.ToFrozenDictionary();
    }
}
