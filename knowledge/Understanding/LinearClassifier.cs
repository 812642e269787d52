using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SupportBot.Knowledge.Understanding;

/// <summary>Linear support vector machines, one for each label against the rest, with squared hinge loss. The same input gives the same model, bit for bit.</summary>
/// <remarks>
/// Trained by dual coordinate descent (Hsieh and others 2008, "A Dual Coordinate Descent Method for Large-scale Linear SVM"): no step size to choose, and no
/// label depends on another, so that groups of labels are trained side by side without any effect on the result.
/// </remarks>
public sealed class LinearClassifier
{
    const int Epochs = 6;
    const float Cost = 1;
    const float Softness = 1 / (2 * Cost);

    /// <summary>Messages from which on a feature must occur twice to be learnt: fewer have none to waste.</summary>
    const int Plenty = 1_000;

    /// <summary>The score of a message without features: no label fits until something says so, and most messages need never teach that.</summary>
    const float Offset = -1;

    /// <summary>A step shorter than this is not worth its time.</summary>
    const float ShortestStep = 0.04f;

    /// <summary>Labels that are trained and scored together: two cache lines of weights a feature.</summary>
    const int GroupSize = 32;

    readonly ConcurrentBag<Scratch> scratches = [];
    readonly FeatureTable columns;
    readonly FeatureExtractor.Block[] blocks;
    readonly float[] idf;

    /// <summary>The columns of the letters within each word that was learnt: most words of a message are among them.</summary>
    readonly Dictionary<string, int[]> lettersOf;

    /// <summary>By group of labels, then column, then label of the group.</summary>
    readonly float[][] weights;

    /// <summary>Trains on messages with the number of their label.</summary>
    public LinearClassifier(IReadOnlyList<Wording> messages, IReadOnlyList<int> labels, int labelCount)
    {
        LabelCount = labelCount;
        var counted = new CountedFeatures(messages);
        var kept = counted.Commonest(fewest: messages.Count < Plenty ? 1 : 2);
        columns = new(kept.Length);
        blocks = new FeatureExtractor.Block[kept.Length];
        idf = new float[kept.Length];
        var columnOf = new int[counted.Count];
        Array.Fill(columnOf, -1);
        foreach (var number in kept)
        {
            var column = columns.FindOrAdd(counted.Features[number]);
            columnOf[number] = column;
            blocks[column] = FeatureExtractor.BlockOf(counted.Features[number]);
            idf[column] = MathF.Log((1f + messages.Count) / (1f + counted.Occurrences[number])) + 1;
        }

        lettersOf = counted.LettersOf(columnOf);
        weights = Train(Weighed(counted, columnOf), labels);
    }

    public int LabelCount { get; }

    /// <summary>Bytes that the model holds.</summary>
    public long Bytes => weights.Sum(group => (long)group.Length * sizeof(float)) + (idf.LongLength * (sizeof(float) + sizeof(int))) + columns.Bytes + lettersOf.Values.Sum(letters => 80L + (sizeof(int) * letters.Length));

    /// <summary>Writes the scores of all labels: about 1 for a label that fits and -1 for one that does not.</summary>
    public void Score(Wording message, Span<float> scores) => Score([message], scores);

    /// <summary>Writes the scores of all labels for one message after another.</summary>
    /// <remarks>Group by group: the parts of a story share their words, and so the weights that have to be fetched from memory.</remarks>
    public void Score(ReadOnlySpan<Wording> messages, Span<float> scores)
    {
        if (!scratches.TryTake(out var scratch))
        {
            scratch = new(idf.Length);
        }

        Span<int> starts = messages.Length < 64 ? stackalloc int[messages.Length + 1] : new int[messages.Length + 1];
        for (var message = 0; message < messages.Length; message++)
        {
            starts[message + 1] = scratch.Count(messages[message], columns, lettersOf, starts[message]);
            Weigh(scratch.Cells.AsSpan(starts[message]..starts[message + 1]));
        }

        Span<float> ofGroup = stackalloc float[GroupSize];
        for (var group = 0; group < weights.Length; group++)
        {
            var first = group * GroupSize;
            for (var message = 0; message < messages.Length; message++)
            {
                ofGroup.Fill(Offset);
                AddScores(weights[group], scratch.Cells.AsSpan(starts[message]..starts[message + 1]), ofGroup);
                ofGroup[..Math.Min(GroupSize, LabelCount - first)].CopyTo(scores[((message * LabelCount) + first)..]);
            }
        }

        scratches.Add(scratch);
    }

    /// <summary>Turns scores into shares of one; the higher the heat, the more the best one gets.</summary>
    public static void Softmax(Span<float> scores, float heat)
    {
        var highest = float.MinValue;
        foreach (var score in scores)
        {
            highest = Math.Max(highest, score);
        }

        var sum = 0f;
        foreach (ref var score in scores)
        {
            sum += score = MathF.Exp((score - highest) * heat);
        }

        foreach (ref var score in scores)
        {
            score /= sum;
        }
    }

    static float WeightOf(FeatureExtractor.Block block) => block switch
    {
        FeatureExtractor.Block.Words => 1,
        FeatureExtractor.Block.Letters => 1.2f,
        _ => 0.45f,
    };

    /// <summary>Turns the counts into weights where they are, and leaves out what is not learnt.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    Memory<Cell>[] Weighed(CountedFeatures counted, int[] columnOf)
    {
        var vectors = new Memory<Cell>[counted.Starts.Length - 1];
        for (var message = 0; message < vectors.Length; message++)
        {
            var counts = counted.Cells.AsMemory(counted.Starts[message]..counted.Starts[message + 1]);
            var cells = counts.Span;
            var kept = 0;
            foreach (var (number, count) in cells)
            {
                if (columnOf[number] >= 0)
                {
                    cells[kept++] = new(columnOf[number], count);
                }
            }

            Weigh(cells[..kept]);
            vectors[message] = counts[..kept];
        }

        return vectors;
    }

    /// <summary>Turns counts into weights, with each block brought to its share.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Weigh(Span<Cell> cells)
    {
        Span<float> squares = stackalloc float[FeatureExtractor.Blocks];
        foreach (ref var cell in cells)
        {
            // Most features occur once, and a logarithm takes its time.
            var value = (cell.Value == 1 ? 1 : 1 + MathF.Log(cell.Value)) * idf[cell.Column];
            squares[(int)blocks[cell.Column]] += value * value;
            cell = new(cell.Column, value);
        }

        for (var block = 0; block < squares.Length; block++)
        {
            squares[block] = WeightOf((FeatureExtractor.Block)block) / MathF.Sqrt(squares[block]);
        }

        foreach (ref var cell in cells)
        {
            cell = new(cell.Column, cell.Value * squares[(int)blocks[cell.Column]]);
        }
    }

    float[][] Train(Memory<Cell>[] vectors, IReadOnlyList<int> labels)
    {
        var orders = new int[Epochs][];
        ulong state = 0x2545F4914F6CDD1D;
        var order = Enumerable.Range(0, vectors.Length).ToArray();
        for (var epoch = 0; epoch < orders.Length; epoch++)
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

            orders[epoch] = [.. order];
        }

        var trained = new float[(LabelCount + GroupSize - 1) / GroupSize][];
        Parallel.For(0, trained.Length, group => trained[group] = TrainGroup(group * GroupSize, vectors, labels, orders));
        return trained;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    float[] TrainGroup(int first, Memory<Cell>[] vectors, IReadOnlyList<int> labels, int[][] orders)
    {
        var group = new float[idf.Length * GroupSize];
        var duals = new float[vectors.Length * GroupSize];
        var curvatures = Array.ConvertAll(vectors, Curvature);

        // A message that needed no step is left alone for a pass, then for two, and so on.
        var calm = new byte[vectors.Length];
        var pause = new byte[vectors.Length];
        Span<float> scores = stackalloc float[GroupSize];
        foreach (var order in orders)
        {
            foreach (var number in order)
            {
                if (pause[number] > 0)
                {
                    pause[number]--;
                    continue;
                }

                scores.Fill(Offset);
                var vector = vectors[number].Span;
                AddScores(group, vector, scores);
                if (Step(scores, duals.AsSpan(number * GroupSize, GroupSize), labels[number] - first, curvatures[number]))
                {
                    calm[number] = 0;
                    AddSteps(group, vector, scores);
                }
                else
                {
                    pause[number] = ++calm[number];
                }
            }
        }

        return group;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Curvature(Memory<Cell> vector)
    {
        var squares = Softness;
        foreach (var cell in vector.Span)
        {
            squares += cell.Value * cell.Value;
        }

        return squares;
    }

    /// <summary>Turns the scores of a message into the steps that its labels need; false when none does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static bool Step(Span<float> scores, Span<float> duals, int own, float curvature)
    {
        Span<float> sides = stackalloc float[GroupSize];
        sides.Fill(-1);
        if (own is >= 0 and < GroupSize)
        {
            sides[own] = 1;
        }

        var any = false;
        for (var label = 0; label < GroupSize; label += Vector256<float>.Count)
        {
            var side = Vector256.Create<float>(sides[label..]);
            var dual = Vector256.Create<float>(duals[label..]);
            var slope = (side * Vector256.Create<float>(scores[label..])) - Vector256<float>.One + (Vector256.Create(Softness) * dual);
            var step = Vector256.Max(dual - (slope / curvature), Vector256<float>.Zero) - dual;
            step = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(Vector256.Abs(step), Vector256.Create(ShortestStep)), step, Vector256<float>.Zero);
            (dual + step).CopyTo(duals[label..]);
            (step * side).CopyTo(scores[label..]);
            any |= step != Vector256<float>.Zero;
        }

        return any;
    }

    /// <summary>Adds what a message scores for the labels of a group. Fused, so that every machine rounds alike.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddScores(float[] group, ReadOnlySpan<Cell> vector, Span<float> scores)
    {
        ref var start = ref MemoryMarshal.GetArrayDataReference(group);
        var first = Vector256.Create<float>(scores);
        var second = Vector256.Create<float>(scores[8..]);
        var third = Vector256.Create<float>(scores[16..]);
        var fourth = Vector256.Create<float>(scores[24..]);
        foreach (var (column, value) in vector)
        {
            ref var row = ref Unsafe.Add(ref start, column * GroupSize);
            var factor = Vector256.Create(value);
            first = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref row), factor, first);
            second = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref row, 8), factor, second);
            third = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref row, 16), factor, third);
            fourth = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref row, 24), factor, fourth);
        }

        first.CopyTo(scores);
        second.CopyTo(scores[8..]);
        third.CopyTo(scores[16..]);
        fourth.CopyTo(scores[24..]);
    }

    /// <summary>Moves the labels of a group by a message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddSteps(float[] group, ReadOnlySpan<Cell> vector, ReadOnlySpan<float> steps)
    {
        ref var start = ref MemoryMarshal.GetArrayDataReference(group);
        var first = Vector256.Create(steps);
        var second = Vector256.Create(steps[8..]);
        var third = Vector256.Create(steps[16..]);
        var fourth = Vector256.Create(steps[24..]);
        foreach (var (column, value) in vector)
        {
            ref var row = ref Unsafe.Add(ref start, column * GroupSize);
            var factor = Vector256.Create(value);
            Vector256.FusedMultiplyAdd(first, factor, Vector256.LoadUnsafe(ref row)).StoreUnsafe(ref row);
            Vector256.FusedMultiplyAdd(second, factor, Vector256.LoadUnsafe(ref row, 8)).StoreUnsafe(ref row, 8);
            Vector256.FusedMultiplyAdd(third, factor, Vector256.LoadUnsafe(ref row, 16)).StoreUnsafe(ref row, 16);
            Vector256.FusedMultiplyAdd(fourth, factor, Vector256.LoadUnsafe(ref row, 24)).StoreUnsafe(ref row, 24);
        }
    }

    /// <summary>Counts the known features of one message after another.</summary>
    sealed class Scratch(int columnCount)
    {
        readonly int[] placeOf = new int[columnCount];
        readonly List<ulong> features = [];

        /// <summary>Counts of the messages, one after another.</summary>
        public Cell[] Cells { get; private set; } = new Cell[256];

        /// <summary>Writes the counts of a message from a place on; returns the place after the last.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public int Count(Wording message, FeatureTable columns, Dictionary<string, int[]> lettersOf, int start)
        {
            features.Clear();
            FeatureExtractor.Phrases(message, features);
            var end = start;
            CountFeatures(columns, ref end);
            foreach (var word in message.Words)
            {
                if (lettersOf.TryGetValue(word, out var letters))
                {
                    Reserve(end + letters.Length);
                    foreach (var column in letters)
                    {
                        Cell.Count(column, Cells, ref end, placeOf);
                    }
                }
                else
                {
                    features.Clear();
                    FeatureExtractor.Letters(word, features);
                    CountFeatures(columns, ref end);
                }
            }

            Cell.Forget(Cells.AsSpan(start..end), placeOf);
            return end;
        }

        void CountFeatures(FeatureTable columns, ref int end)
        {
            Reserve(end + features.Count);
            foreach (var feature in features)
            {
                if (columns.Find(feature) is >= 0 and var column)
                {
                    Cell.Count(column, Cells, ref end, placeOf);
                }
            }
        }

        void Reserve(int count)
        {
            if (Cells.Length < count)
            {
                var larger = Cells;
                Array.Resize(ref larger, count * 2);
                Cells = larger;
            }
        }
    }
}
