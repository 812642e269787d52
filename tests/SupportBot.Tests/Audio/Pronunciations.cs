using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;

namespace SupportBot.Tests.Audio;

/// <summary>How words sound: the recogniser's own dictionary, and for words that it does not know, what espeak-ng would say.</summary>
static class Pronunciations
{
    /// <summary>Folder of the acoustic model and its dictionary.</summary>
    internal const string Model = "/usr/share/pocketsphinx/model/en-us";

    static readonly Lazy<FrozenDictionary<string, string[]>> known = new(Load);
    static readonly ConcurrentDictionary<string, string> guessed = new(StringComparer.Ordinal);

    /// <summary>Longest first: sounds of espeak-ng (IPA) and those of the dictionary (ARPAbet).</summary>
    static readonly (string Ipa, string Arpabet)[] sounds =
    [
        ("tʃ", "CH"), ("dʒ", "JH"), ("aɪ", "AY"), ("aʊ", "AW"), ("eɪ", "EY"), ("oʊ", "OW"), ("əʊ", "OW"), ("ɔɪ", "OY"), ("ɑːɹ", "AA R"), ("ɔːɹ", "AO R"), ("oːɹ", "AO R"),
        ("ɪɹ", "IH R"), ("ɛɹ", "EH R"), ("ʊɹ", "UH R"), ("ɚ", "ER"), ("ɜː", "ER"), ("iə", "IY AH"), ("əl", "AH L"), ("iː", "IY"), ("uː", "UW"), ("ɑː", "AA"), ("ɔː", "AO"), ("oː", "AO"),
        ("æ", "AE"), ("ɐ", "AH"), ("ə", "AH"), ("ʌ", "AH"), ("ɛ", "EH"), ("e", "EH"), ("ɪ", "IH"), ("ᵻ", "IH"), ("i", "IY"), ("ʊ", "UH"), ("u", "UW"), ("ɔ", "AO"), ("o", "OW"),
        ("ɒ", "AA"), ("a", "AA"), ("ɑ", "AA"), ("b", "B"), ("d", "D"), ("ð", "DH"), ("f", "F"), ("ɡ", "G"), ("g", "G"), ("h", "HH"), ("j", "Y"), ("k", "K"), ("l", "L"), ("m", "M"),
        ("n", "N"), ("ŋ", "NG"), ("ɲ", "N Y"), ("p", "P"), ("ɹ", "R"), ("r", "R"), ("ɾ", "T"), ("s", "S"), ("ʃ", "SH"), ("t", "T"), ("θ", "TH"), ("v", "V"), ("w", "W"), ("x", "HH"),
        ("z", "Z"), ("ʒ", "ZH"), ("ʔ", "T"),
    ];

    /// <summary>A dictionary of the words, one sound a line.</summary>
    internal static async Task<string> OfAsync(IEnumerable<string> words, CancellationToken cancellationToken)
    {
        var dictionary = new StringBuilder();
        foreach (var word in words.Distinct(StringComparer.Ordinal))
        {
            foreach (var (index, way) in (known.Value.TryGetValue(word, out var ways) ? ways : [await GuessAsync(word, cancellationToken)]).Index())
            {
                dictionary.Append(word).Append(index == 0 ? "" : $"({index + 1})").Append(' ').Append(way).Append('\n');
            }
        }

        return dictionary.ToString();
    }

    static async Task<string> GuessAsync(string word, CancellationToken cancellationToken)
    {
        if (!guessed.TryGetValue(word, out var way))
        {
            var ipa = Encoding.UTF8.GetString(await Tool.RunAsync("espeak-ng", ["-q", "--ipa", "-v", "en-us", "--", word], default, cancellationToken)).Trim();
            way = guessed[word] = Arpabet(ipa) is { Length: > 0 } found ? found : throw new InvalidOperationException($"Nobody knows how to say “{word}” ({ipa}).");
        }

        return way;
    }

    static string Arpabet(string ipa)
    {
        var found = new List<string>();
        var rest = ipa.Replace("ˈ", "", StringComparison.Ordinal).Replace("ˌ", "", StringComparison.Ordinal);
        while (rest.Length > 0)
        {
            // A sign that stands for no sound of its own is left out.
            var sound = sounds.FirstOrDefault(sound => rest.StartsWith(sound.Ipa, StringComparison.Ordinal), (Ipa: rest[..1], Arpabet: ""));
            found.Add(sound.Arpabet);
            rest = rest[sound.Ipa.Length..];
        }

        return string.Join(' ', found.Where(sound => sound.Length > 0));
    }

    static FrozenDictionary<string, string[]> Load() => File.ReadLines(Path.Combine(Model, "cmudict-en-us.dict"))
        .Select(line => line.Split(' ', 2))
        .GroupBy(parts => parts[0].IndexOf('(', StringComparison.Ordinal) is var open and > 0 ? parts[0][..open] : parts[0], parts => parts[1], StringComparer.Ordinal)
        .ToFrozenDictionary(ways => ways.Key, ways => ways.ToArray(), StringComparer.Ordinal);
}
