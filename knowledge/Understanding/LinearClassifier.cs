using System.Collections.Frozen;
using System.Numerics;

namespace SupportBot.Knowledge.Understanding;

/// <summary>A softmax classifier over weighted n-grams, trained by stochastic gradient descent. The same input gives the same model, bit for bit.</summary>
public sealed class LinearClassifier
{
    const int Epochs = 12;
    const float Rate = 6f;
    const float Decay = 2e-6f;
    const int FewestOccurrences = 2;

    /// <summary>A message that is this sure already teaches nothing more in this pass.</summary>
    const float LearnedWell = 0.97f;

    static readonly float[] blockWeight = [1.0f, 0.9f, 0.45f];

    readonly FrozenDictionary<ulong, int> columns;
    readonly float[] idf;
    readonly float[] weights;
    readonly float[] bias;
    readonly int stride;

    /// <summary>Trains on messages with the number of their label.</summary>
    public LinearClassifier(IReadOnlyList<Dictionary<ulong, int>> messages, IReadOnlyList<int> labels, int labelCount)
    {
        LabelCount = labelCount;
        stride = (labelCount + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        var occurrences = new Dictionary<ulong, int>();
        foreach (var message in messages)
        {
            foreach (var feature in message.Keys)
            {
                occurrences[feature] = occurrences.GetValueOrDefault(feature) + 1;
            }
        }

        var kept = occurrences.Where(pair => pair.Value >= FewestOccurrences).Select(pair => pair.Key).Order().ToArray();
        columns = kept.Select((feature, column) => KeyValuePair.Create(feature, column)).ToFrozenDictionary();
        idf = [.. kept.Select(feature => MathF.Log((1f + messages.Count) / (1f + occurrences[feature])) + 1)];
        weights = new float[kept.Length * stride];
        bias = new float[stride];
        Train([.. messages.Select(Vectorize)], labels);
    }

    public int LabelCount { get; }

    /// <summary>Bytes that the model holds.</summary>
    public long Bytes => ((long)weights.Length * sizeof(float)) + (idf.LongLength * (sizeof(float) + 24));

    /// <summary>Raw scores of all labels; higher is better. Add up, compare, or give to <see cref="Softmax"/>.</summary>
    public float[] Score(Dictionary<ulong, int> message)
    {
        var scores = (float[])bias.Clone();
        Accumulate(scores, Vectorize(message));
        return scores[..LabelCount];
    }

    /// <summary>Probabilities of scores.</summary>
    public static float[] Softmax(ReadOnlySpan<float> scores)
    {
        var highest = float.MinValue;
        foreach (var score in scores)
        {
            highest = Math.Max(highest, score);
        }

        var shares = new float[scores.Length];
        var sum = 0f;
        for (var label = 0; label < scores.Length; label++)
        {
            sum += shares[label] = MathF.Exp(scores[label] - highest);
        }

        for (var label = 0; label < shares.Length; label++)
        {
            shares[label] /= sum;
        }

        return shares;
    }

    (int Column, float Value)[] Vectorize(Dictionary<ulong, int> message)
    {
        var values = new List<(int Column, float Value, int Block)>(message.Count);
        Span<float> squares = stackalloc float[blockWeight.Length];
        foreach (var (feature, count) in message)
        {
            if (columns.TryGetValue(feature, out var column))
            {
                var block = (int)FeatureExtractor.BlockOf(feature);
                var value = (1 + MathF.Log(count)) * idf[column];
                squares[block] += value * value;
                values.Add((column, value, block));
            }
        }

        var vector = new (int Column, float Value)[values.Count];
        for (var at = 0; at < vector.Length; at++)
        {
            var (column, value, block) = values[at];
            vector[at] = (column, value * blockWeight[block] / MathF.Sqrt(squares[block]));
        }

        Array.Sort(vector, (left, right) => left.Column.CompareTo(right.Column));
        return vector;
    }

    void Accumulate(float[] scores, (int Column, float Value)[] vector)
    {
        foreach (var (column, value) in vector)
        {
            var row = weights.AsSpan(column * stride, stride);
            var factor = new Vector<float>(value);
            for (var label = 0; label < stride; label += Vector<float>.Count)
            {
                (new Vector<float>(scores, label) + (factor * new Vector<float>(row[label..]))).CopyTo(scores, label);
            }
        }
    }

    void Train((int Column, float Value)[][] vectors, IReadOnlyList<int> labels)
    {
        var order = Enumerable.Range(0, vectors.Length).ToArray();
        var scores = new float[stride];
        ulong state = 0x2545F4914F6CDD1D;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            for (var at = order.Length - 1; at > 0; at--)
            {
                // A fixed xorshift: the order must be the same on every machine and start.
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                var other = (int)(state % (ulong)(at + 1));
                (order[at], order[other]) = (order[other], order[at]);
            }

            var rate = Rate * (1f - (epoch / (float)Epochs));
            foreach (var number in order)
            {
                Learn(vectors[number], labels[number], rate, scores);
            }
        }
    }

    void Learn((int Column, float Value)[] vector, int label, float rate, float[] scores)
    {
        bias.CopyTo(scores, 0);
        Accumulate(scores, vector);
        var gradient = Softmax(scores.AsSpan(0, LabelCount));
        if (gradient[label] > LearnedWell)
        {
            return;
        }

        gradient[label] -= 1;
        gradient.CopyTo(scores, 0);
        scores.AsSpan(LabelCount).Clear();
        foreach (var (column, value) in vector)
        {
            var row = weights.AsSpan(column * stride, stride);
            var step = new Vector<float>(-rate * value);
            var keep = new Vector<float>(1 - (rate * Decay));
            for (var at = 0; at < stride; at += Vector<float>.Count)
            {
                ((new Vector<float>(row[at..]) * keep) + (step * new Vector<float>(scores, at))).CopyTo(row[at..]);
            }
        }

        for (var at = 0; at < LabelCount; at++)
        {
            bias[at] -= rate * 0.01f * scores[at];
        }
    }
}
