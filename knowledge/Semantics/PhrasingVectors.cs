using System.Collections.Frozen;
using System.Numerics;

namespace SupportBot.Knowledge.Semantics;

/// <summary>Vectors of phrasings by the slug of their entry or topic. Immutable.</summary>
sealed class PhrasingVectors
{
    /// <summary>Phrasings of a label that speak for it: one alone may be near by accident.</summary>
    const int Nearest = 3;

    readonly FrozenDictionary<string, float[][]> vectors;

    /// <param name="phrasings">Vectors of any length but zero, all with as many dimensions.</param>
    internal PhrasingVectors(IEnumerable<(string Slug, float[] Vector)> phrasings) =>
        vectors = phrasings.GroupBy(item => item.Slug, item => Unit(item.Vector), StringComparer.Ordinal).ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

    /// <summary>How near a message is to each label, in standard deviations from the mean of all: models differ in what a cosine is worth.</summary>
    internal FrozenDictionary<string, float> NearnessOf(float[] message)
    {
        var unit = Unit(message);
        var cosines = vectors.ToDictionary(
            label => label.Key,
            label => label.Value.Select(vector => Dot(unit, vector)).OrderDescending().Take(Nearest).Average(),
            StringComparer.Ordinal);
        var mean = cosines.Values.Average();
        var deviation = MathF.Sqrt(cosines.Values.Average(cosine => (cosine - mean) * (cosine - mean)));
        return cosines.ToFrozenDictionary(label => label.Key, label => (label.Value - mean) / deviation, StringComparer.Ordinal);
    }

    static float[] Unit(float[] vector)
    {
        var length = MathF.Sqrt(Dot(vector, vector));
        return float.IsFinite(length) && length > 0 ? Array.ConvertAll(vector, value => value / length) : throw new FormatException("The model made a vector without a direction.");
    }

    static float Dot(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        if (first.Length != second.Length)
        {
            throw new FormatException("The model makes vectors of different lengths.");
        }

        var sums = Vector<float>.Zero;
        for (; first.Length >= Vector<float>.Count; first = first[Vector<float>.Count..], second = second[Vector<float>.Count..])
        {
            sums += new Vector<float>(first) * new Vector<float>(second);
        }

        var sum = Vector.Sum(sums);
        for (var at = 0; at < first.Length; at++)
        {
            sum += first[at] * second[at];
        }

        return sum;
    }
}
