using System.Collections.Immutable;

namespace SupportBot.Knowledge.Understanding;

/// <summary>A message of an intent set.</summary>
/// <param name="Text">As it came.</param>
/// <param name="Label">What it means, or <see cref="OutOfScope"/>.</param>
public readonly record struct IntentMessage(string Text, string Label)
{
    /// <summary>The label of messages that no intent fits.</summary>
    public const string OutOfScope = "oos";

    public bool IsOutOfScope => Label == OutOfScope;

    /// <summary>Reads a file of messages: UTF-8, a header, then <c>text TAB label</c>, nothing quoted.</summary>
    /// <exception cref="FormatException">The file is not like that; says where.</exception>
    public static async Task<ImmutableArray<IntentMessage>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var lines = await File.ReadAllLinesAsync(path, cancellationToken);
        if (lines.Length == 0 || lines[0].TrimStart('\uFEFF') != "text\tlabel")
        {
            throw new FormatException($"{path}(1): the header must be text and label, parted by a tab.");
        }

        var messages = ImmutableArray.CreateBuilder<IntentMessage>(lines.Length - 1);
        for (var line = 1; line < lines.Length; line++)
        {
            if (lines[line].Split('\t') is not [var text, { Length: > 0 } label])
            {
                throw new FormatException($"{path}({line + 1}): expected a text and a label, parted by a tab.");
            }

            messages.Add(new(text, label));
        }

        return messages.DrainToImmutable();
    }
}

/// <summary>What a system made of a message.</summary>
/// <param name="Message">The message with its label.</param>
/// <param name="Guessed">The likeliest label in scope.</param>
/// <param name="Score">How likely the message is in scope at all; higher is likelier, on any scale.</param>
public readonly record struct IntentGuess(IntentMessage Message, string Guessed, double Score)
{
    public bool IsRight => Message.Label == Guessed;
}

/// <summary>How well guesses fit, as shares of one; null where the messages do not tell.</summary>
/// <param name="Accuracy">Of all messages: answered rightly, or rejected when out of scope.</param>
/// <param name="InScope">Of messages in scope: the likeliest label is right, rejected or not.</param>
/// <param name="InScopeAtThreshold">Of messages in scope: right and not rejected.</param>
/// <param name="Threshold">Messages with a lower score are rejected; null when nothing is, for want of messages to choose it on.</param>
/// <param name="Precision">Of rejected messages: out of scope.</param>
/// <param name="Recall">Of messages out of scope: rejected.</param>
public sealed record IntentScores(double Accuracy, double? InScope, double? InScopeAtThreshold, double? Threshold, double? Precision, double? Recall)
{
    /// <summary>Harmonic mean of precision and recall.</summary>
    public double? F1 => Precision + Recall is > 0 and var sum ? 2 * Precision * Recall / sum : Precision is null || Recall is null ? null : 0;

    /// <summary>Scores guesses.</summary>
    /// <param name="validation">Where the threshold is chosen: the highest F1 out of scope.</param>
    /// <param name="test">What is scored.</param>
    /// <param name="expectedShare">Share of traffic that is expected out of scope (0 to 1). Validation files seldom have it, and the threshold depends on it.</param>
    public static IntentScores Of(IReadOnlyCollection<IntentGuess> validation, IReadOnlyCollection<IntentGuess> test, double expectedShare)
    {
        var threshold = ThresholdOf(validation, expectedShare);
        var inScope = test.Where(guess => !guess.Message.IsOutOfScope).ToList();
        var outOfScope = test.Where(guess => guess.Message.IsOutOfScope).ToList();
        bool Rejects(IntentGuess guess) => guess.Score < threshold;
        var hits = outOfScope.Count(Rejects);
        var answered = inScope.Count(guess => guess.IsRight && !Rejects(guess));
        return new(
            Share(hits + answered, test.Count) ?? 0,
            Share(inScope.Count(guess => guess.IsRight), inScope.Count),
            Share(answered, inScope.Count),
            threshold,
            Share(hits, test.Count(Rejects)),
            Share(hits, outOfScope.Count));
    }

    static double? ThresholdOf(IReadOnlyCollection<IntentGuess> validation, double expectedShare)
    {
        var outOfScope = validation.Count(guess => guess.Message.IsOutOfScope);
        var inScope = validation.Count - outOfScope;
        if (outOfScope == 0 || inScope == 0)
        {
            return null;
        }

        var (hits, falseAlarms, best, threshold) = (0.0, 0.0, -1.0, double.NegativeInfinity);
        var ordered = validation.OrderBy(guess => guess.Score).ToList();
        for (var at = 0; at < ordered.Count; at++)
        {
            // Rejecting everything below this guess. Equal scores stay together.
            if (at == 0 || ordered[at].Score > ordered[at - 1].Score)
            {
                var f1 = 2 * hits / (hits + falseAlarms + expectedShare);
                if (f1 > best)
                {
                    (best, threshold) = (f1, at == 0 ? ordered[0].Score : (ordered[at].Score + ordered[at - 1].Score) / 2);
                }
            }

            if (ordered[at].Message.IsOutOfScope)
            {
                hits += expectedShare / outOfScope;
            }
            else
            {
                falseAlarms += (1 - expectedShare) / inScope;
            }
        }

        return threshold;
    }

    static double? Share(int part, int whole) => whole == 0 ? null : (double)part / whole;
}
