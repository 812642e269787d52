using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>What must be known before any answer is looked for: safety, private data, carrier words, commands. Rules and data, never scores.</summary>
public sealed class Router
{
    readonly ImmutableArray<CompiledRule> rules;

    public Router(Lexicon lexicon)
    {
        var fillers = lexicon.Fillers.IsEmpty ? "" : $"(?:(?:{string.Join('|', lexicon.Fillers)}) )*";
        var after = lexicon.Fillers.IsEmpty ? "" : $"(?: (?:{string.Join('|', lexicon.Fillers)}))*";
        rules = [.. lexicon.Rules.Select(rule => new CompiledRule(
            rule,
            Compile(rule.Whole ? $"^{fillers}(?:{string.Join('|', rule.Patterns)}){after}$" : $@"\b(?:{string.Join('|', rule.Patterns)})\b"),
            rule.Except.IsEmpty ? null : Compile($@"\b(?:{string.Join('|', rule.Except)})\b")))];
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
        foreach (var rule in rules)
        {
            if ((rule.Rule.MostWords == 0 || words <= rule.Rule.MostWords)
                && (rule.Rule.Channels.IsEmpty || rule.Rule.Channels.Contains(channel))
                && rule.Pattern.IsMatch(folded)
                && rule.Except?.IsMatch(folded) != true)
            {
                return (RouterOutcome.MeaningOf(rule.Rule.Outcome), rule.Rule.Name);
            }
        }

        return null;
    }

    /// <summary>The carriers' words (Twilio, Advanced Opt-Out, default keywords): the whole message, on SMS only.</summary>
    public static CommandKind? CarrierWord(string folded, Channel channel) =>
        channel == Channel.Sms && carrierWords.TryGetValue(folded, out var kind) ? kind : null;

    static readonly FrozenDictionary<string, CommandKind> carrierWords = new Dictionary<string, CommandKind>(StringComparer.Ordinal)
    {
        ["stop"] = CommandKind.OptOut, ["end"] = CommandKind.OptOut, ["quit"] = CommandKind.OptOut, ["cancel"] = CommandKind.OptOut,
        ["unsubscribe"] = CommandKind.OptOut, ["revoke"] = CommandKind.OptOut, ["optout"] = CommandKind.OptOut, ["opt out"] = CommandKind.OptOut,
        ["stopall"] = CommandKind.OptOut, ["start"] = CommandKind.OptIn, ["yes"] = CommandKind.OptIn, ["unstop"] = CommandKind.OptIn,
        ["help"] = CommandKind.Help, ["info"] = CommandKind.Help,
        ["alto"] = CommandKind.OptOut, ["parar"] = CommandKind.OptOut, ["cancelar"] = CommandKind.OptOut, ["baja"] = CommandKind.OptOut,
        ["iniciar"] = CommandKind.OptIn, ["empezar"] = CommandKind.OptIn, ["ayuda"] = CommandKind.Help,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    static Regex Compile(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    sealed record CompiledRule(RouterRule Rule, Regex Pattern, Regex? Except);
}
