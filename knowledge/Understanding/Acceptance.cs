using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>Answer, menu or not here.</summary>
public static class Acceptance
{
    const double SureIntent = 0.5;
    const double SureDanger = 0.25;
    const double SureDangerInPart = 0.85;
    const double SureEnough = 0.5;
    const double WorthOffering = 0.16;
    const double LeastCoverage = 0.45;
    const double TopicAnyway = 0.3;

    /// <summary>What the message is when it is no question; null when it is one. The net below the rules: danger weighs more than manners.</summary>
    public static (Interpretation Meaning, double Score, string Why)? JudgeIntent(Ranking ranking)
    {
        var best = ranking.Candidates[0].Score;
        foreach (var (outcome, share, highest) in ranking.Intents)
        {
            var isDanger = outcome is "safety/crisis" or "safety/threat";
            if (isDanger ? share >= SureDanger || highest >= SureDangerInPart : share >= SureIntent && share > best)
            {
                return (RouterOutcome.MeaningOf(outcome), isDanger ? highest : share, $"sounds like {outcome}");
            }
        }

        return null;
    }

    /// <summary>What a ranking is worth, how sure that is (0 to 1), and why.</summary>
    public static (Interpretation Meaning, double Score, string Why) Judge(Ranking ranking, LanguagePack pack, Channel channel, Agency agency)
    {
        var ranked = ranking.Candidates;
        var best = ranked[0];
        var why = $"matched {ranking.Evidence}";
        if (best.Score < WorthOffering || ranking.Coverage < LeastCoverage)
        {
            return (new Interpretation.NotHere(NotHereReason.Unknown), best.Score, "nothing is near enough");
        }

        if (best.IsTopic)
        {
            return best.Score >= TopicAnyway
                ? (new Interpretation.Redirect(best.Slug), best.Score, why)
                : (new Interpretation.NotHere(NotHereReason.Unknown), best.Score, "nothing is near enough");
        }

        if (agency == Agency.Unknown && pack.Entries[best.Slug].Twin is { } twin && ranked.FirstOrDefault(candidate => candidate.Slug == twin) is { Slug: not null } other && other.Score * 3 > best.Score)
        {
            return (TwinsOf(pack, best.Slug, twin), best.Score + other.Score, why);
        }

        if (best.Score >= SureEnough)
        {
            return (new Interpretation.Answer(best.Slug), best.Score, why);
        }

        var most = channel == Channel.Voice ? 2 : 3;
        return (new Interpretation.Menu([.. ranked.Where(candidate => !candidate.IsTopic).Take(most).Select(candidate => candidate.Slug)]), best.Score, why);
    }

    /// <summary>The judgement after a chat model chose among the candidates: a menu becomes the answer, "not here" a question back. It can do no more than that.</summary>
    /// <param name="judged">Without the choice.</param>
    /// <param name="ranking">Whose candidates may be chosen.</param>
    /// <param name="choice">A slug; anything else, or null, changes nothing.</param>
    /// <param name="pack">The content.</param>
    /// <param name="agency">The agency if known.</param>
    public static (Interpretation Meaning, double Score, string Why) Choose(
        (Interpretation Meaning, double Score, string Why) judged, Ranking ranking, string? choice, LanguagePack pack, Agency agency)
    {
        if (choice is null || !pack.Entries.TryGetValue(choice, out var entry) || !ranking.Candidates.Any(candidate => candidate.Slug == choice))
        {
            return judged;
        }

        var why = $"{judged.Why}; chosen by the chat model";
        return judged.Meaning switch
        {
            Interpretation.Menu => (agency == Agency.Unknown && entry.Twin is { } twin ? TwinsOf(pack, choice, twin) : new Interpretation.Answer(choice), judged.Score, why),
            Interpretation.NotHere { Reason: NotHereReason.Unknown } => (new Interpretation.Menu([choice]), judged.Score, why),
            _ => judged,
        };
    }

    static Interpretation.WhichAgency TwinsOf(LanguagePack pack, string slug, string twin) =>
        pack.Entries[slug].Agency == Agency.Ssa ? new(slug, twin) : new(twin, slug);
}
