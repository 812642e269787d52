using System.Collections.Immutable;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>A message read on its own: what it means, how sure, and why.</summary>
/// <param name="Meaning">What to do about it.</param>
/// <param name="Heard">The message with private data masked: the only form that is kept.</param>
/// <param name="Agency">The agency that the message names; unknown when it names none or both.</param>
/// <param name="Ranked">Entries, best first; also when nothing was answered.</param>
/// <param name="Score">How sure the meaning is; higher is surer. 1 for rules.</param>
/// <param name="Why">For an author: the rule, or the matched words.</param>
public sealed record Reading(
    Interpretation Meaning, string Heard, Agency Agency, ImmutableArray<Candidate> Ranked, double Score, string Why)
{
    /// <summary>The ranking decided: no rule did, and nothing private was said. Only then may a language model be asked.</summary>
    public bool IsOpen { get; init; }

    /// <summary>A rule decided, nothing was weighed.</summary>
    public bool ByRule { get; init; }
}

/// <summary>Reads messages in one language: <see cref="Router"/>, then <see cref="Ranker"/>, then <see cref="Acceptance"/>. Immutable, any number of threads.</summary>
public sealed class Reader
{
    readonly LanguagePack pack;
    readonly Ranker ranker;

    public Reader(LanguagePack pack)
    {
        this.pack = pack;
        ranker = new(pack);
    }

    /// <summary>Reads one message.</summary>
    /// <param name="text">As it came; any length, any characters.</param>
    /// <param name="channel">Where it was said: the carriers' words and some rules depend on it.</param>
    /// <param name="known">The agency that the conversation knows already.</param>
    /// <param name="hint">What language models say about it; has no say where a rule decides.</param>
    public Reading Read(string text, Channel channel, Agency known, SemanticHint? hint = null)
    {
        var (heard, isPrivate) = Redactor.Redact(text);
        var passages = Passages.Of(heard);
        var named = ranker.AgencyNamed(passages.Whole);
        var agency = named != Agency.Unknown ? named : known;
        var ranking = ranker.Rank(passages, agency);
        Reading Read(Interpretation meaning, double score, string why) => new(meaning, heard, named, ranking.Candidates, score, why);

        if (pack.Router.Match(passages.Whole, channel) is { } routed)
        {
            var why = $"rule {routed.Rule}";
            var byRule = routed.Meaning switch
            {
                Interpretation.Safety { Kind: SafetyKind.PrivateData } => Read(Private(Judge().Meaning), 1, why),
                Interpretation.Safety or Interpretation.HelpDesk or Interpretation.Command { Kind: CommandKind.OptOut or CommandKind.OptIn } => Read(routed.Meaning, 1, why),
                _ => Read(isPrivate ? Private(routed.Meaning) : routed.Meaning, 1, why),
            };
            return byRule with { ByRule = true };
        }

        if (passages.Whole.Length > 0 && Acceptance.JudgeIntent(ranking) is { } intent)
        {
            return isPrivate && intent.Meaning is not (Interpretation.Safety or Interpretation.HelpDesk)
                ? Read(Private(intent.Meaning), intent.Score, intent.Why)
                : Read(intent.Meaning is Interpretation.Safety { Kind: SafetyKind.PrivateData } ? Private(Judge().Meaning) : intent.Meaning, intent.Score, intent.Why);
        }

        if (passages.Whole.Length == 0 || LooksRandom(passages.Whole))
        {
            return isPrivate ? Read(Private(null), 1, "private data") : Read(new Interpretation.NotHere(NotHereReason.Gibberish), 1, "no words");
        }

        if (hint is not null && !isPrivate)
        {
            ranking = hint.Weigh(ranking);
            var (meaning, score, why) = Acceptance.Choose(Judge(), ranking, hint.Choice, pack, agency);
            return Read(meaning, score, why) with { IsOpen = true };
        }

        var judged = Judge();
        return isPrivate ? Read(Private(judged.Meaning), 1, $"private data; {judged.Why}") : Read(judged.Meaning, judged.Score, judged.Why) with { IsOpen = true };

        (Interpretation Meaning, double Score, string Why) Judge() => Acceptance.Judge(ranking, pack, channel, agency);
    }

    static Interpretation.Safety Private(Interpretation? rest) => new(SafetyKind.PrivateData, rest is null ? null : Answering(rest));

    /// <summary>After a warning only what helps on is worth saying.</summary>
    static Interpretation? Answering(Interpretation meaning) => meaning is Interpretation.Answer or Interpretation.Menu or Interpretation.WhichAgency or Interpretation.Redirect or Interpretation.Command ? meaning : null;

    /// <summary>Keyboard noise: no vowel in a long word, or one letter over and over, and no word that the content knows.</summary>
    bool LooksRandom(string folded)
    {
        var words = folded.Split(' ');
        return !words.Any(ranker.Knows)
            && words.All(word => (word.Length > 3 && !word.Any(letter => letter is 'a' or 'e' or 'i' or 'o' or 'u' or 'y')) || word.Distinct().Count() <= 2);
    }
}
