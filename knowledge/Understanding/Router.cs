using System.Collections.Frozen;
using System.Collections.Immutable;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>What must be known before any answer is looked for: safety, private data, carrier words, commands. Rules and data, never scores.</summary>
public sealed class Router
{
    readonly ImmutableArray<CompiledRule> rules;
    readonly ImmutableArray<string[]> fillers;
    readonly FrozenDictionary<string, Intent> phrases;

    /// <param name="lexicon">Rules and fillers.</param>
    /// <param name="intents">Phrasings that are certain when they are the whole message.</param>
    public Router(Lexicon lexicon, ImmutableArray<Intent> intents)
    {
        phrases = intents
            .SelectMany(intent => intent.Phrasings.Select(phrasing => (Phrase: Normalizer.Fold(phrasing), Intent: intent)))
            .GroupBy(item => item.Phrase, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.First().Intent, StringComparer.Ordinal);
        fillers = [.. lexicon.Fillers.Select(filler => filler.Split(' ')).OrderByDescending(filler => filler.Length)];
        rules = [.. lexicon.Rules.AsParallel().AsOrdered().Select(rule => new CompiledRule(rule, new(rule.Patterns, rule.Whole), new(rule.Except)))];
    }

    /// <summary>The first rule that holds, in the order of the file; null when none does.</summary>
    /// <param name="folded">The message as <see cref="Normalizer.Fold"/> writes it.</param>
    /// <param name="channel">Where it was said.</param>
    public (Interpretation Meaning, string Rule)? Match(string folded, Channel channel)
    {
        if (CarrierWord(folded, channel) is { } word)
        {
            return (new Interpretation.Command(word), $"carrier word “{folded}”");
        }

        var words = folded.AsSpan().Count(' ') + 1;
        var bare = WithoutFillers(folded);
        foreach (var (rule, patterns, except) in rules)
        {
            if ((rule.MostWords == 0 || words <= rule.MostWords)
                && (rule.Channels.IsEmpty || rule.Channels.Contains(channel))
                && (patterns.Matches(folded) || (rule.Whole && bare.Length > 0 && patterns.Matches(bare)))
                && !except.Matches(folded))
            {
                return (RouterOutcome.MeaningOf(rule.Outcome), rule.Name);
            }
        }

        return (phrases.GetValueOrDefault(folded) ?? phrases.GetValueOrDefault(bare)) is { } intent
            ? (RouterOutcome.MeaningOf(intent.Outcome), $"phrase of {intent.Name}")
            : null;
    }

    /// <summary>The message without the words that may stand around a command ("uh … please").</summary>
    string WithoutFillers(string folded)
    {
        var words = folded.Split(' ').AsSpan();
        for (var at = 0; at < fillers.Length && words.Length > 0; at++)
        {
            if (words.StartsWith(fillers[at]))
            {
                words = words[fillers[at].Length..];
                at = -1;
            }
            else if (words.EndsWith(fillers[at]))
            {
                words = words[..^fillers[at].Length];
                at = -1;
            }
        }

        return string.Join(' ', words!);
    }

    /// <summary>The carriers' words (Twilio, Advanced Opt-Out, default keywords): the whole message, on SMS only.</summary>
    public static CommandKind? CarrierWord(string folded, Channel channel) =>
        channel == Channel.Sms && carrierWords.TryGetValue(folded, out var kind) ? kind : null;

    /// <summary>The language of a carrier's word; it is answered in that language. Null for any other message.</summary>
    public static Language? LanguageOfCarrierWord(string folded) =>
        !carrierWords.ContainsKey(folded) ? null : spanishCarrierWords.Contains(folded) ? Language.Es : Language.En;

    static readonly FrozenSet<string> spanishCarrierWords =
        FrozenSet.ToFrozenSet(["alto", "parar", "cancelar", "baja", "iniciar", "empezar", "ayuda"], StringComparer.Ordinal);

    static readonly FrozenDictionary<string, CommandKind> carrierWords = new Dictionary<string, CommandKind>(StringComparer.Ordinal)
    {
        ["stop"] = CommandKind.OptOut, ["end"] = CommandKind.OptOut, ["quit"] = CommandKind.OptOut, ["cancel"] = CommandKind.OptOut,
        ["unsubscribe"] = CommandKind.OptOut, ["revoke"] = CommandKind.OptOut, ["optout"] = CommandKind.OptOut, ["opt out"] = CommandKind.OptOut,
        ["stopall"] = CommandKind.OptOut, ["start"] = CommandKind.OptIn, ["yes"] = CommandKind.OptIn, ["unstop"] = CommandKind.OptIn,
        ["help"] = CommandKind.Help, ["info"] = CommandKind.Help,
        ["alto"] = CommandKind.OptOut, ["parar"] = CommandKind.OptOut, ["cancelar"] = CommandKind.OptOut, ["baja"] = CommandKind.OptOut,
        ["iniciar"] = CommandKind.OptIn, ["empezar"] = CommandKind.OptIn, ["ayuda"] = CommandKind.Help,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    readonly record struct CompiledRule(RouterRule Rule, PatternSet Patterns, PatternSet Except);
}
