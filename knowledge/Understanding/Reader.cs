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
    Interpretation Meaning, string Heard, Agency Agency, ImmutableArray<Candidate> Ranked, double Score, string Why);

/// <summary>An entry or topic with its evidence.</summary>
/// <param name="Slug">Entry slug, or topic slug.</param>
/// <param name="IsTopic">A topic that is not here.</param>
/// <param name="Score">Comparable within one message.</param>
/// <param name="Evidence">Words of the message that speak for it.</param>
public readonly record struct Candidate(string Slug, bool IsTopic, double Score, string Evidence);

/// <summary>Reads messages in one language: <see cref="Router"/>, then <see cref="Ranker"/>, then <see cref="Acceptance"/>. Immutable, any number of threads.</summary>
public sealed class Reader
{
    readonly LanguagePack pack;
    readonly Router router;
    readonly Ranker ranker;

    public Reader(LanguagePack pack)
    {
        this.pack = pack;
        router = new(pack.Lexicon);
        ranker = new(pack);
    }

    /// <summary>Reads one message.</summary>
    /// <param name="text">As it came; any length, any characters.</param>
    /// <param name="channel">Where it was said: the carriers' words and some rules depend on it.</param>
    /// <param name="known">The agency that the conversation knows already.</param>
    public Reading Read(string text, Channel channel, Agency known)
    {
        var (heard, isPrivate) = Redactor.Redact(text);
        var folded = Normalizer.Fold(heard);
        var named = ranker.AgencyNamed(folded);
        var agency = named != Agency.Unknown ? named : known;
        if (router.Match(folded, channel) is { } routed)
        {
            var rest = routed.Meaning is Interpretation.Safety { Kind: SafetyKind.PrivateData }
                ? new Interpretation.Safety(SafetyKind.PrivateData, Answerable(folded, channel, agency))
                : isPrivate && routed.Meaning is not (Interpretation.Safety or Interpretation.HelpDesk)
                    ? new Interpretation.Safety(SafetyKind.PrivateData, routed.Meaning)
                    : routed.Meaning;
            return new(rest, heard, named, ranker.Rank(folded, agency), 1, $"rule {routed.Rule}");
        }

        if (folded.Length == 0 || LooksRandom(folded))
        {
            Interpretation meaning = isPrivate ? new Interpretation.Safety(SafetyKind.PrivateData, null) : new Interpretation.NotHere(NotHereReason.Gibberish);
            return new(meaning, heard, named, ranker.Rank(folded, agency), 1, isPrivate ? "private data" : "no words");
        }

        var ranked = ranker.Rank(folded, agency);
        var (judged, score, why) = Acceptance.Judge(ranked, pack, folded, channel, agency);
        return isPrivate
            ? new(new Interpretation.Safety(SafetyKind.PrivateData, Answering(judged)), heard, named, ranked, 1, $"private data; {why}")
            : new(judged, heard, named, ranked, score, why);
    }

    Interpretation? Answerable(string folded, Channel channel, Agency agency) =>
        Answering(Acceptance.Judge(ranker.Rank(folded, agency), pack, folded, channel, agency).Meaning);

    /// <summary>After a warning only a sure answer or a menu is worth saying.</summary>
    static Interpretation? Answering(Interpretation meaning) => meaning is Interpretation.Answer or Interpretation.Menu or Interpretation.WhichAgency ? meaning : null;

    /// <summary>Keyboard noise: no vowel in a long word, or one letter over and over, and no word that the content knows.</summary>
    bool LooksRandom(string folded)
    {
        var words = folded.Split(' ');
        return !words.Any(ranker.Knows)
            && words.All(word => (word.Length > 3 && !word.Any(letter => letter is 'a' or 'e' or 'i' or 'o' or 'u' or 'y')) || word.Distinct().Count() <= 2);
    }
}
