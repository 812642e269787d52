using System.Collections.Frozen;
using System.Text;

namespace SupportBot.Knowledge.Content;

/// <summary>The GSM 7-bit default alphabet (3GPP TS 23.038 §6.2.1): what a text costs, and the nearest form of what it lacks.</summary>
/// <remarks>Lives beside the content because the lint counts exactly what is sent.</remarks>
public static class Gsm7
{
    const string Basic =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

    const string Extended = "^{}\\[~]|€\f";

    static readonly FrozenSet<char> basic = Basic.ToFrozenSet();
    static readonly FrozenSet<char> extended = Extended.ToFrozenSet();

    static readonly FrozenDictionary<char, string> nearest = new Dictionary<char, string>
    {
        ['‘'] = "'", ['’'] = "'", ['‚'] = "'", ['“'] = "\"", ['”'] = "\"", ['„'] = "\"", ['«'] = "\"", ['»'] = "\"",
        ['–'] = "-", ['—'] = "-", ['‑'] = "-", ['−'] = "-", ['…'] = "...", ['•'] = "-", ['·'] = "-",
        ['\u00A0'] = " ", ['\u2009'] = " ", ['\u202F'] = " ", ['\u200B'] = "", ['\t'] = " ", ['ç'] = "c", ['×'] = "x", ['→'] = "->",
    }.ToFrozenDictionary();

    /// <summary>Septets in one text that is not split.</summary>
    public const int SingleSegmentSeptets = 160;

    /// <summary>Septets in each part of a split text (seven go to the header that joins the parts).</summary>
    public const int JoinedSegmentSeptets = 153;

    /// <summary>The text with every character that GSM-7 lacks written as its nearest one (á as a, curly quotes as straight).</summary>
    /// <param name="text">Any text.</param>
    /// <param name="lost">The first character that has no GSM-7 form (written as a question mark); null when none was lost.</param>
    public static string Fold(string text, out string? lost)
    {
        lost = null;
        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsBmp && (basic.Contains((char)rune.Value) || extended.Contains((char)rune.Value)))
            {
                folded.Append((char)rune.Value);
            }
            else if (rune.IsBmp && nearest.TryGetValue((char)rune.Value, out var written))
            {
                folded.Append(written);
            }
            else
            {
                var bare = WithoutMarks(rune);
                folded.Append(bare ?? "?");
                lost ??= bare is null ? rune.ToString() : null;
            }
        }

        return folded.ToString();
    }

    /// <summary>Septets that a folded text takes: one a character, two for the extension table.</summary>
    public static int Septets(string folded) => folded.Sum(character => extended.Contains(character) ? 2 : 1);

    /// <summary>Parts that a folded text is sent in.</summary>
    public static int Segments(string folded)
    {
        var septets = Septets(folded);
        return septets <= SingleSegmentSeptets ? 1 : (septets + JoinedSegmentSeptets - 1) / JoinedSegmentSeptets;
    }

    static string? WithoutMarks(Rune rune)
    {
        if (!rune.IsBmp || LatinLetters.IsMark((char)rune.Value))
        {
            return rune.IsBmp ? "" : null;
        }

        var letter = LatinLetters.Bare((char)rune.Value);
        return basic.Contains(letter) ? letter.ToString() : null;
    }
}
