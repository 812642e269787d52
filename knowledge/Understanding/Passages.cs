using System.Collections.Immutable;

namespace SupportBot.Knowledge.Understanding;

/// <summary>A message and its sentences: in a long story one of them decides.</summary>
/// <param name="Whole">The message, folded.</param>
/// <param name="Parts">Its sentences, folded; long ones cut into overlapping stretches, since speech has no full stops. Empty when there is only one.</param>
public sealed record Passages(string Whole, ImmutableArray<string> Parts)
{
    const int LongestPart = 22;
    const int Stretch = 18;
    const int Step = 9;
    const int MostParts = 40;

    /// <summary>Cuts a message that is not folded yet.</summary>
    public static Passages Of(string text)
    {
        var parts = ImmutableArray.CreateBuilder<string>();
        foreach (var sentence in text.Split((char[])['.', '!', '?', ';', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var words = Normalizer.Fold(sentence).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length <= LongestPart)
            {
                Add(parts, words);
                continue;
            }

            for (var start = 0; start == 0 || start + Stretch < words.Length + Step; start += Step)
            {
                Add(parts, words[start..Math.Min(words.Length, start + Stretch)]);
            }
        }

        return new(Normalizer.Fold(text), parts.Count > 1 ? [.. parts.Take(MostParts)] : []);
    }

    static void Add(ImmutableArray<string>.Builder parts, string[] words)
    {
        // "Login.gov" is cut at its dot like a sentence: a part of one or two words says nothing.
        if (words.Length > 2)
        {
            parts.Add(string.Join(' ', words));
        }
    }
}
