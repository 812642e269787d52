using System.Globalization;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Understanding;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Understanding;

/// <summary>Messages written by people who had not seen the phrasings, judged as the first of a conversation. The table is printed; the bars are the product's promise.</summary>
public sealed class ExamTests(ITestOutputHelper output)
{
    static readonly HashSet<string> hardStyles = ["low", "story", "angry", "vague"];

    [Fact]
    public void Ordinary_and_hard_questions_reach_the_right_entry()
    {
        var rows = Rows("exam-ssa.tsv");
        var ordinary = rows.Where(row => !hardStyles.Contains(row["style"])).Select(Judge).ToList();
        var hard = rows.Where(row => hardStyles.Contains(row["style"])).Select(Judge).ToList();
        Print("ordinary", ordinary);
        Print("hard", hard);
        List<Judged> all = [.. ordinary, .. hard];

        Assert.True(Share(ordinary, row => row.IsFirst) >= 0.92);
        Assert.True(Share(ordinary, row => row.IsAmongThree) >= 0.97);
        Assert.True(Share(hard, row => row.IsFirst) >= 0.65);
        Assert.True(Share(hard, row => row.IsAmongThree) >= 0.85);
        Assert.True(Share(all, row => row.IsWrong) <= 0.02);
        Assert.True(Share(all, row => row.IsServed) >= 0.90);
        Assert.True(Share(ordinary, row => row.IsAnswered) >= 0.60);
        Assert.True(Share(all, row => row.IsAnswered) >= 0.40);
    }

    [Theory]
    [InlineData("exam-opm.tsv", 0.85)]
    [InlineData("exam-es.tsv", 0.82)]
    public void Opm_and_Spanish_questions_reach_the_right_entry(string file, double bar)
    {
        var judged = Rows(file).Where(row => row["gold"] != "oos").Select(Judge).ToList();
        Print(file, judged);

        Assert.True(Share(judged, row => row.IsFirst) >= bar);
    }

    [Fact]
    public void Questions_about_the_rest_of_the_agency_are_not_answered_from_the_FAQ()
    {
        var rows = Rows("exam-oos.tsv").Where(row => row["kind"] == "agency").Select(Judge).ToList();
        var answered = rows.Count(row => row.Reading.Meaning is Interpretation.Answer);
        output.WriteLine($"rest of the agency: {answered} of {rows.Count} answered");

        Assert.True(answered <= rows.Count * 0.05);
    }

    [Fact]
    public void Danger_private_data_and_scams_come_before_everything()
    {
        var missed = Rows("exam-safety.tsv").Where(row => row["gold"] == "safety").Select(Judge).Where(row => row.Reading.Meaning is not Interpretation.Safety).ToList();
        foreach (var miss in missed)
        {
            output.WriteLine($"{miss.Reading.Meaning.Prediction}: {miss.Text}");
        }

        Assert.Empty(missed);
    }

    [Theory]
    [InlineData("web")]
    [InlineData("voice")]
    [InlineData("sms")]
    public void Commands_are_understood_on_each_channel(string channel)
    {
        // Rows whose gold is a slug or "abstain" are traps, counted with the questions.
        var rows = Rows("exam-commands.tsv").Where(row => row["channel"] == channel && !IsTrap(row["gold"])).Select(Judge).ToList();
        foreach (var miss in rows.Where(row => !row.IsExpected))
        {
            output.WriteLine($"{miss.Reading.Meaning.Prediction} for {miss.Gold}: {miss.Text}");
        }

        Assert.True(Share(rows, row => row.IsExpected) >= 0.95);
    }

    static bool IsTrap(string gold) =>
        gold == "abstain" || gold.StartsWith("ssa-", StringComparison.Ordinal) || gold.StartsWith("opm-", StringComparison.Ordinal);

    static Judged Judge(Dictionary<string, string> row)
    {
        var channel = Enum.Parse<Channel>(row["channel"], ignoreCase: true);
        var reading = BotApplication.Shipped.Read(row["text"], channel, null, Agency.Unknown);
        return new(row["text"], row.GetValueOrDefault("gold", ""), channel, reading);
    }

    void Print(string name, List<Judged> rows) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name}: {rows.Count} messages, top-1 {Share(rows, row => row.IsFirst):P1}, top-3 {Share(rows, row => row.IsAmongThree):P1}, answered rightly {Share(rows, row => row.IsAnswered):P1}, menus {Share(rows, row => row.Reading.Meaning is Interpretation.Menu or Interpretation.WhichAgency):P1}, served {Share(rows, row => row.IsServed):P1}, wrong {Share(rows, row => row.IsWrong):P1}"));

    static double Share(List<Judged> rows, Func<Judged, bool> holds) => (double)rows.Count(holds) / rows.Count;

    static List<Dictionary<string, string>> Rows(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "data", "understanding", file));
        var header = lines[0].Split('\t');
        return [.. lines.Skip(1).Where(line => line.Length > 0).Select(line => header.Zip(line.Split('\t')).ToDictionary(cell => cell.First, cell => cell.Second))];
    }

    sealed record Judged(string Text, string Gold, Channel Channel, Reading Reading)
    {
        readonly string[] right = Gold.Split('|');

        internal bool IsFirst => right.Contains(Entries.First());

        internal bool IsAmongThree => Entries.Take(3).Any(right.Contains);

        internal bool IsExpected => right.Contains(Reading.Meaning.Prediction);

        internal bool IsAnswered => Reading.Meaning is Interpretation.Answer answer && right.Contains(answer.Slug);

        internal bool IsWrong => Reading.Meaning is Interpretation.Answer answer && !right.Contains(answer.Slug);

        internal bool IsServed => IsAnswered
            || (Reading.Meaning is Interpretation.Menu menu && menu.Slugs.Any(right.Contains))
            || (Reading.Meaning is Interpretation.WhichAgency which && (right.Contains(which.Ssa) || right.Contains(which.Opm)));

        IEnumerable<string> Entries => Reading.Ranked.Where(candidate => !candidate.IsTopic).Select(candidate => candidate.Slug);
    }
}
