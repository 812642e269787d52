using System.Collections.Immutable;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Understanding;

/// <summary>Answer, menu or not here.</summary>
public static class Acceptance
{
    const double EnoughToAnswer = 9;
    const double EnoughToOffer = 5;
    const double ClearLead = 1.25;

    public static (Interpretation Meaning, double Score, string Why) Judge(
        ImmutableArray<Candidate> ranked, LanguagePack pack, string folded, Channel channel, Agency agency)
    {
        if (ranked.IsEmpty || ranked[0].Score < EnoughToOffer)
        {
            return (new Interpretation.NotHere(NotHereReason.Unknown), ranked.IsEmpty ? 0 : ranked[0].Score, "nothing is near enough");
        }

        var best = ranked[0];
        var why = $"matched {best.Evidence}";
        if (best.IsTopic)
        {
            return (new Interpretation.Redirect(best.Slug), best.Score, why);
        }

        var lead = ranked.Length > 1 ? best.Score / Math.Max(0.01, ranked[1].Score) : double.MaxValue;
        if (best.Score >= EnoughToAnswer && lead >= ClearLead)
        {
            return (new Interpretation.Answer(best.Slug), best.Score, why);
        }

        if (agency == Agency.Unknown && pack.Entries[best.Slug].Twin is { } twin && ranked.Take(4).Any(candidate => candidate.Slug == twin))
        {
            return (TwinsOf(pack, best.Slug, twin), best.Score, why);
        }

        var most = channel == Channel.Voice ? 2 : 3;
        var near = ranked.Where(candidate => !candidate.IsTopic && candidate.Score >= best.Score / 2).Take(most).Select(candidate => candidate.Slug);
        return (new Interpretation.Menu([.. near]), best.Score, why);
    }

    static Interpretation.WhichAgency TwinsOf(LanguagePack pack, string slug, string twin) =>
        pack.Entries[slug].Agency == Agency.Ssa ? new(slug, twin) : new(twin, slug);
}
