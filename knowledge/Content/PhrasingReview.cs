using System.Globalization;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Content;

/// <summary>Finds phrasings that stand nearer to another entry: in the wrong file, or on a border that needs more of them.</summary>
public static class PhrasingReview
{
    /// <summary>Each phrasing is judged by a ranker that learnt the others but this share of them: leaving out one at a time would train for an hour.</summary>
    const int Folds = 6;

    /// <summary>Above this another entry would have answered.</summary>
    const double Sure = 0.5;

    /// <summary>One warning for each phrasing that a ranker which has not seen it gives to another entry, or takes for a topic that is not here.</summary>
    public static IReadOnlyList<ContentProblem> Warnings(string folder, ContentLibrary library) =>
        [.. library.Packs.Values.OrderBy(pack => pack.Language).SelectMany(pack => Warnings(folder, pack)).OrderBy(problem => problem.File, StringComparer.Ordinal).ThenBy(problem => problem.Line)];

    static IEnumerable<ContentProblem> Warnings(string folder, LanguagePack pack)
    {
        List<(string Text, RankedLabel Label)> always =
        [
            .. pack.OrderedEntries.SelectMany(entry => ((string[])[entry.Question, entry.Title]).Select(text => (text, new RankedLabel(entry.Slug, LabelKind.Entry, entry.Agency)))),
            .. pack.Intents.SelectMany(intent => intent.Phrasings.Select(text => (text, new RankedLabel(intent.Outcome, LabelKind.Intent, Agency.Unknown)))),
        ];
        var code = ContentLoader.Code(pack.Language);
        List<Placed> phrasings =
        [
            .. pack.OrderedEntries.SelectMany(entry => PlacedIn(folder, $"faq/{code}/{entry.Slug}.md", new(entry.Slug, LabelKind.Entry, entry.Agency))),
            .. pack.OrderedTopics.SelectMany(topic => PlacedIn(folder, $"lexicon/{code}/topics/{topic.Slug}.md", new(topic.Slug, LabelKind.Topic, Agency.Unknown))),
        ];
        foreach (var fold in Enumerable.Range(0, Folds))
        {
            var ranker = new Ranker(pack.Lexicon, [.. always, .. phrasings.Where((_, number) => number % Folds != fold).Select(phrasing => (phrasing.Text, phrasing.Label))]);
            var warnings = phrasings.Where((_, number) => number % Folds == fold).AsParallel().AsOrdered().Select(phrasing => Warning(phrasing, ranker, pack)).OfType<ContentProblem>();
            foreach (var warning in warnings)
            {
                yield return warning;
            }
        }
    }

    static ContentProblem? Warning(Placed phrasing, Ranker ranker, LanguagePack pack)
    {
        var passages = Passages.Of(phrasing.Text);
        var ranked = ranker.Rank(passages, ranker.AgencyNamed(passages.Whole)).Candidates;
        var (slug, isTopic, score) = ranked[0];
        var isTwin = pack.Entries.GetValueOrDefault(phrasing.Label.Slug)?.Twin == slug;
        return slug == phrasing.Label.Slug || isTwin || score < Sure || (isTopic && phrasing.Label.Kind == LabelKind.Topic)
            ? null
            : new(phrasing.File, phrasing.Line, string.Create(
                CultureInfo.InvariantCulture,
                $"“{phrasing.Text}” is nearer to {slug} ({score:0.00}) than to {phrasing.Label.Slug} ({ranked.FirstOrDefault(candidate => candidate.Slug == phrasing.Label.Slug).Score:0.00})"));
    }

    static IEnumerable<Placed> PlacedIn(string folder, string path, RankedLabel label) =>
        MarkdownFile.Parse(path, File.ReadAllText(Path.Combine(folder, path)), []).Items("Phrasings").Select(item => new Placed(path, item.Line, item.Item, label));

    sealed record Placed(string File, int Line, string Text, RankedLabel Label);
}
