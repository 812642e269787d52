using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SupportBot.Knowledge.Understanding;

/// <summary>A feature of a message: its column, or its number, with its weight or count.</summary>
readonly record struct Cell(int Column, float Value)
{
    /// <summary>Counts a feature once more.</summary>
    /// <param name="column">The feature.</param>
    /// <param name="cells">The message so far, with room for one more.</param>
    /// <param name="count">Number of cells so far.</param>
    /// <param name="placeOf">Where each feature stands among the cells, from 1; 0 for nowhere.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Count(int column, Cell[] cells, ref int count, int[] placeOf)
    {
        if (placeOf[column] is > 0 and var place)
        {
            cells[place - 1] = new(column, cells[place - 1].Value + 1);
        }
        else
        {
            cells[count++] = new(column, 1);
            placeOf[column] = count;
        }
    }

    /// <summary>Clears the places for the next message.</summary>
    internal static void Forget(ReadOnlySpan<Cell> cells, int[] placeOf)
    {
        foreach (var cell in cells)
        {
            placeOf[cell.Column] = 0;
        }
    }
}

/// <summary>The features of messages to learn, numbered, with the number of messages that have each.</summary>
sealed class CountedFeatures
{
    readonly FeatureTable table;
    readonly Dictionary<string, int[]> lettersOf = new(StringComparer.Ordinal);
    readonly List<ulong> read = [];
    int[] placeOf;
    int[] occurrences;
    ulong[] features;
    Cell[] message = new Cell[256];

    internal CountedFeatures(IReadOnlyList<Wording> messages)
    {
        var capacity = (messages.Count * 16) + 256;
        table = new(capacity);
        placeOf = new int[capacity];
        occurrences = new int[capacity];
        features = new ulong[capacity];
        var all = new Cell[messages.Count * 256];
        Starts = new int[messages.Count + 1];
        for (var number = 0; number < messages.Count; number++)
        {
            var cells = Read(messages[number]);
            Starts[number + 1] = Starts[number] + cells.Length;
            if (all.Length < Starts[number + 1])
            {
                Array.Resize(ref all, Starts[number + 1] * 2);
            }

            cells.CopyTo(all.AsSpan(Starts[number]));
        }

        Cells = all;
    }

    internal int Count => table.Count;

    /// <summary>The counts of all messages, by feature number, one message after another: one array costs no collection of garbage.</summary>
    internal Cell[] Cells { get; }

    /// <summary>Where each message starts, then where the last ends.</summary>
    internal int[] Starts { get; }

    internal ReadOnlySpan<ulong> Features => features;

    internal ReadOnlySpan<int> Occurrences => occurrences;

    /// <summary>Numbers of the features that enough messages have, the commonest first: their weights then lie together in memory.</summary>
    internal int[] Commonest(int fewest)
    {
        var kept = Enumerable.Range(0, Count).Where(number => occurrences[number] >= fewest).ToArray();
        Array.Sort(Array.ConvertAll(kept, number => ((long)-occurrences[number] << 32) + number), kept);
        return kept;
    }

    /// <summary>The columns of the letters within each word that was read, where they have one, in order.</summary>
    internal Dictionary<string, int[]> LettersOf(int[] columnOf) => lettersOf.ToDictionary(
        word => word.Key, word => word.Value.Select(number => columnOf[number]).Where(column => column >= 0).ToArray(), StringComparer.Ordinal);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    ReadOnlySpan<Cell> Read(Wording wording)
    {
        read.Clear();
        FeatureExtractor.Phrases(wording, read);
        var count = 0;
        foreach (var feature in read)
        {
            CountOne(NumberOf(feature), ref count);
        }

        foreach (var word in wording.Words)
        {
            // The same words come again and again: their letters are numbered once.
            ref var letters = ref CollectionsMarshal.GetValueRefOrAddDefault(lettersOf, word, out _);
            foreach (var number in letters ??= LettersOf(word))
            {
                CountOne(number, ref count);
            }
        }

        var counted = message.AsSpan(0, count);
        foreach (var cell in counted)
        {
            occurrences[cell.Column]++;
        }

        Cell.Forget(counted, placeOf);
        return counted;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void CountOne(int number, ref int count)
    {
        if (count == message.Length)
        {
            Array.Resize(ref message, count * 2);
        }

        Cell.Count(number, message, ref count, placeOf);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    int[] LettersOf(string word)
    {
        read.Clear();
        FeatureExtractor.Letters(word, read);
        var numbers = new int[read.Count];
        for (var at = 0; at < numbers.Length; at++)
        {
            numbers[at] = NumberOf(read[at]);
        }

        return numbers;
    }

    int NumberOf(ulong feature)
    {
        var number = table.FindOrAdd(feature);
        if (number == features.Length)
        {
            Array.Resize(ref features, number * 2);
            Array.Resize(ref occurrences, number * 2);
            Array.Resize(ref placeOf, number * 2);
        }

        features[number] = feature;
        return number;
    }
}
