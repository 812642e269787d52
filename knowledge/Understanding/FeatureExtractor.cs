using System.Runtime.InteropServices;

namespace SupportBot.Knowledge.Understanding;

/// <summary>A message as weighted n-grams: words and pairs of words, letters within words, and the concepts it shows.</summary>
/// <remarks>Letters absorb typing errors and speech spellings; concepts carry what words cannot (a town is "abroad").</remarks>
public sealed class FeatureExtractor(Vocabulary vocabulary)
{
    const int ShortestLetters = 2;
    const int LongestLetters = 5;
    const ulong WordSeed = 0xCBF29CE484222325;
    const ulong LetterSeed = 0x84222325CBF29CE4;
    const ulong ConceptSeed = 0x9E3779B97F4A7C15;

    /// <summary>Counts of hashed features of a folded message. The top two bits tell the block: words, letters, concepts.</summary>
    public Dictionary<ulong, int> Extract(string folded)
    {
        var features = new Dictionary<ulong, int>(capacity: folded.Length * 3);
        var words = vocabulary.Spelled(folded);
        var previous = "";
        foreach (var word in words)
        {
            var stem = vocabulary.Stem(word);
            Add(features, Block.Words, Hash(WordSeed, stem));
            if (previous.Length > 0)
            {
                Add(features, Block.Words, Hash(Hash(WordSeed + 1, previous), stem));
            }

            previous = stem;
            Letters(features, word);
        }

        foreach (var concept in vocabulary.ConceptsIn(folded))
        {
            Add(features, Block.Concepts, Hash(ConceptSeed, concept));
        }

        return features;
    }

    internal enum Block
    {
        Words,
        Letters,
        Concepts,
    }

    internal static Block BlockOf(ulong feature) => (Block)(feature >> 62);

    static void Letters(Dictionary<ulong, int> features, string word)
    {
        Span<char> padded = word.Length < 62 ? stackalloc char[word.Length + 2] : new char[word.Length + 2];
        padded[0] = ' ';
        word.CopyTo(padded[1..]);
        padded[^1] = ' ';
        for (var start = 0; start < padded.Length; start++)
        {
            var hash = LetterSeed;
            for (var length = 1; length <= LongestLetters && start + length <= padded.Length; length++)
            {
                hash = (hash ^ padded[start + length - 1]) * 0x100000001B3;
                if (length >= ShortestLetters)
                {
                    Add(features, Block.Letters, hash + (ulong)length);
                }
            }
        }
    }

    static void Add(Dictionary<ulong, int> features, Block block, ulong hash) =>
        CollectionsMarshal.GetValueRefOrAddDefault(features, (hash >> 2) | ((ulong)block << 62), out _)++;

    static ulong Hash(ulong seed, string text)
    {
        foreach (var character in text)
        {
            seed = (seed ^ character) * 0x100000001B3;
        }

        return seed * 0x9E3779B97F4A7C15;
    }
}
