using System.Runtime.CompilerServices;

namespace SupportBot.Knowledge.Understanding;

/// <summary>A message as n-grams: words and pairs of words, letters within words, and the concepts it shows.</summary>
/// <remarks>Letters absorb typing errors and speech spellings; concepts carry what words cannot (a town is "abroad").</remarks>
static class FeatureExtractor
{
    /// <summary>Number of blocks.</summary>
    internal const int Blocks = 3;

    const int ShortestLetters = 2;
    const int LongestLetters = 4;
    const int LongestWord = 62;
    const ulong WordSeed = 0xCBF29CE484222325;
    const ulong LetterSeed = 0x84222325CBF29CE4;
    const ulong ConceptSeed = 0x9E3779B97F4A7C15;
    const ulong Prime = 0x100000001B3;

    /// <summary>What a feature is made of. Each kind has a weight of its own.</summary>
    internal enum Block
    {
        Words,
        Letters,
        Concepts,
    }

    /// <summary>The block of a feature, kept in its top two bits.</summary>
    internal static Block BlockOf(ulong feature) => (Block)(feature >> 62);

    /// <summary>Adds the words, the pairs of words (the beginning and the end count as words) and the concepts of a message, each as often as it occurs.</summary>
    internal static void Phrases(Wording wording, List<ulong> features)
    {
        var previous = 0UL;
        foreach (var stem in wording.Stems)
        {
            var word = Hash(WordSeed, stem);
            features.Add(Of(Block.Words, word));
            features.Add(Pair(previous, word));
            previous = word;
        }

        features.Add(Pair(previous, 0));
        foreach (var concept in wording.Concepts)
        {
            features.Add(Of(Block.Concepts, Hash(ConceptSeed, concept)));
        }
    }

    /// <summary>Adds the letters within a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Letters(string word, List<ulong> features)
    {
        // A space on either side tells beginnings and ends from middles.
        Span<char> padded = stackalloc char[LongestWord + 2];
        var read = word.AsSpan(0, Math.Min(word.Length, LongestWord));
        padded = padded[..(read.Length + 2)];
        padded[0] = ' ';
        read.CopyTo(padded[1..]);
        padded[^1] = ' ';
        for (var start = 0; start < padded.Length; start++)
        {
            var hash = LetterSeed;
            for (var length = 1; length <= LongestLetters && start + length <= padded.Length; length++)
            {
                hash = (hash ^ padded[start + length - 1]) * Prime;
                if (length >= ShortestLetters)
                {
                    features.Add(Of(Block.Letters, Mixed(hash + (ulong)length)));
                }
            }
        }
    }

    static ulong Pair(ulong first, ulong second) => Of(Block.Words, Mixed(first ^ (second >> 7)));

    static ulong Of(Block block, ulong hash) => (hash >> 2) | ((ulong)block << 62);

    static ulong Hash(ulong seed, string text)
    {
        foreach (var character in text)
        {
            seed = (seed ^ character) * Prime;
        }

        return Mixed(seed);
    }

    /// <summary>Brings every bit to the low ones, which choose the place in a table.</summary>
    static ulong Mixed(ulong hash)
    {
        hash = (hash ^ (hash >> 32)) * ConceptSeed;
        return hash ^ (hash >> 29);
    }
}
