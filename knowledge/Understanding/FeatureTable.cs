using System.Numerics;
using System.Runtime.CompilerServices;

namespace SupportBot.Knowledge.Understanding;

/// <summary>Numbers hashed features from 0, in the order in which they are first seen. A plain open table: features are already well mixed.</summary>
/// <remarks>Optimised from its first call, like all that training runs millions of times: training happens at start, before the runtime would get round to it.</remarks>
sealed class FeatureTable
{
    ulong[] keys;
    int[] numbers;

    internal FeatureTable(int capacity)
    {
        keys = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 8) * 2)];
        numbers = new int[keys.Length];
        Array.Fill(numbers, -1);
    }

    internal int Count { get; private set; }

    internal long Bytes => keys.LongLength * (sizeof(ulong) + sizeof(int));

    /// <summary>The number of a feature, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal int Find(ulong feature) => numbers[Slot(feature)];

    /// <summary>The number of a feature; a new one gets the next number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal int FindOrAdd(ulong feature)
    {
        var slot = Slot(feature);
        if (numbers[slot] >= 0)
        {
            return numbers[slot];
        }

        if (Count * 2 >= keys.Length)
        {
            Grow();
            slot = Slot(feature);
        }

        keys[slot] = feature;
        return numbers[slot] = Count++;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    int Slot(ulong feature)
    {
        var slot = (int)(feature & (ulong)(keys.Length - 1));
        while (numbers[slot] >= 0 && keys[slot] != feature)
        {
            slot = (slot + 1) & (keys.Length - 1);
        }

        return slot;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Grow()
    {
        var (oldKeys, oldNumbers) = (keys, numbers);
        keys = new ulong[oldKeys.Length * 2];
        numbers = new int[keys.Length];
        Array.Fill(numbers, -1);
        for (var at = 0; at < oldKeys.Length; at++)
        {
            if (oldNumbers[at] >= 0)
            {
                var slot = Slot(oldKeys[at]);
                (keys[slot], numbers[slot]) = (oldKeys[at], oldNumbers[at]);
            }
        }
    }
}
