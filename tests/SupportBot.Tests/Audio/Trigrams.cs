using System.Globalization;
using System.Text;

namespace SupportBot.Tests.Audio;

/// <summary>A small language model in the ARPA format: trigrams, absolute discounting, back-off.</summary>
static class Trigrams
{
    const int Longest = 3;
    const double Discount = 0.5;
    const double Added = 0.1;
    const string Start = "<s>";
    const string End = "</s>";

    internal static string Of(IReadOnlyCollection<IReadOnlyList<string>> texts)
    {
        var counts = Enumerable.Range(0, Longest).Select(_ => new Dictionary<string, int>(StringComparer.Ordinal)).ToArray();
        foreach (var text in texts)
        {
            string[] words = [Start, .. text, End];
            for (var length = 1; length <= Longest; length++)
            {
                for (var at = 0; at + length <= words.Length; at++)
                {
                    var gram = string.Join(' ', words, at, length);
                    counts[length - 1][gram] = counts[length - 1].GetValueOrDefault(gram) + 1;
                }
            }
        }

        var chances = counts.Select(_ => new Dictionary<string, double>(StringComparer.Ordinal)).ToArray();
        var backOffs = counts.Select(_ => new Dictionary<string, double>(StringComparer.Ordinal)).ToArray();
        var vocabulary = counts[0].Where(count => count.Key != Start).ToList();
        var all = vocabulary.Sum(count => count.Value) + (Added * vocabulary.Count);
        foreach (var (word, count) in vocabulary)
        {
            chances[0][word] = (count + Added) / all;
        }

        for (var length = 2; length <= Longest; length++)
        {
            foreach (var followers in counts[length - 1].GroupBy(count => count.Key[..count.Key.LastIndexOf(' ')], StringComparer.Ordinal))
            {
                double total = followers.Sum(count => count.Value);
                foreach (var (gram, count) in followers)
                {
                    chances[length - 1][gram] = (count - Discount) / total;
                }

                var left = 1 - followers.Sum(count => chances[length - 1][count.Key]);
                var shorter = 1 - followers.Sum(count => Chance(chances, backOffs, Shorter(count.Key)));
                backOffs[length - 2][followers.Key] = left / Math.Max(shorter, 1e-6);
            }
        }

        return Written(chances, backOffs);
    }

    static double Chance(Dictionary<string, double>[] chances, Dictionary<string, double>[] backOffs, string gram)
    {
        var length = gram.Count(character => character == ' ') + 1;
        return chances[length - 1].TryGetValue(gram, out var chance) ? chance
            : length == 1 ? 1e-9
            : backOffs[length - 2].GetValueOrDefault(gram[..gram.LastIndexOf(' ')], 1) * Chance(chances, backOffs, Shorter(gram));
    }

    static string Shorter(string gram) => gram[(gram.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    static string Written(Dictionary<string, double>[] chances, Dictionary<string, double>[] backOffs)
    {
        // Nothing leads to the start, but it leads on.
        chances[0][Start] = 1e-99;
        var arpa = new StringBuilder("\\data\\\n");
        for (var length = 1; length <= Longest; length++)
        {
            arpa.Append(CultureInfo.InvariantCulture, $"ngram {length}={chances[length - 1].Count}\n");
        }

        for (var length = 1; length <= Longest; length++)
        {
            arpa.Append(CultureInfo.InvariantCulture, $"\n\\{length}-grams:\n");
            foreach (var (gram, chance) in chances[length - 1])
            {
                arpa.Append(CultureInfo.InvariantCulture, $"{Math.Log10(chance):F4}\t{gram}");
                if (backOffs[length - 1].TryGetValue(gram, out var backOff))
                {
                    arpa.Append(CultureInfo.InvariantCulture, $"\t{Math.Log10(backOff):F4}");
                }

                arpa.Append('\n');
            }
        }

        return arpa.Append("\n\\end\\\n").ToString();
    }
}
