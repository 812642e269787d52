using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Content;

public sealed class ContentLoaderTests
{
    const string Entry = "faq/en/ssa-bake-bread.md";

    [Fact]
    public void The_sample_loads()
    {
        var entry = SampleContent.Library[Language.En].Entries["ssa-bake-bread"];

        Assert.Equal("Written answer of ssa-bake-bread. Call 1-800-555-0199.", entry.Answer.Written);
        Assert.Equal("Spoken rest of ssa-bake-bread.", entry.More);
        Assert.Equal(8, entry.Phrasings.Length);
        Assert.True(SampleContent.Library.Speaks(Language.En));
        Assert.False(SampleContent.Library.Speaks(Language.Es));
    }

    [Fact]
    public void What_ships_has_no_problem() => Assert.Empty(ContentLoader.TryLoad(RepositoryFolder.Of("knowledge")).Problems);

    [Fact]
    public void A_folder_that_is_not_there_is_a_problem()
    {
        var (library, problems) = ContentLoader.TryLoad("/nowhere/at/all");

        Assert.Null(library);
        Assert.Contains("does not exist", Assert.Single(problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_wording_is_a_problem()
    {
        using var content = new SampleContent();
        content.Change(Entry, "## Text\n", "## Test\n");

        AssertProblem(content, Entry, null, "## Text");
    }

    [Fact]
    public void An_unknown_fact_is_a_problem_on_its_line()
    {
        using var content = new SampleContent();
        content.Change(Entry, "Written answer of ssa-bake-bread.", "First line.\nCall {butter-phone}.");

        AssertProblem(content, Entry, LineOf(content, Entry, "{butter-phone}"), "{butter-phone}");
    }

    [Fact]
    public void A_number_that_is_written_out_is_a_problem_on_its_line()
    {
        using var content = new SampleContent();
        content.Change(Entry, "Spoken answer of ssa-bake-bread.", "First line.\nCall 555 today.");

        AssertProblem(content, Entry, LineOf(content, Entry, "Call 555"), "number");
    }

    [Fact]
    public void An_address_that_is_written_out_is_a_problem_on_its_line()
    {
        using var content = new SampleContent();
        content.Change(Entry, "Written answer of ssa-bake-bread.", "See https://example.org/bread.");

        AssertProblem(content, Entry, LineOf(content, Entry, "https"), "address");
    }

    [Fact]
    public void A_text_that_is_too_long_is_a_problem()
    {
        using var content = new SampleContent();
        content.Change(Entry, "Text answer of ssa-bake-bread.", new('x', 500));

        AssertProblem(content, Entry, null, "segments");
    }

    [Fact]
    public void A_character_without_a_text_form_is_a_problem()
    {
        using var content = new SampleContent();
        content.Change(Entry, "Text answer of ssa-bake-bread.", "Bread 🍞.");

        AssertProblem(content, Entry, null, "🍞");
    }

    [Fact]
    public void Something_that_no_voice_can_say_is_a_problem()
    {
        using var content = new SampleContent();
        content.Change(Entry, "Spoken answer of ssa-bake-bread.", "Visit Login.gov now.");

        AssertProblem(content, Entry, null, "punctuation");
    }

    [Fact]
    public void Too_much_for_one_breath_is_a_problem()
    {
        using var content = new SampleContent();
        content.Change(Entry, "Spoken answer of ssa-bake-bread.", string.Join(' ', Enumerable.Repeat("word", 61)));

        AssertProblem(content, Entry, null, "61 words");
    }

    [Fact]
    public void Too_few_phrasings_are_a_problem()
    {
        using var content = new SampleContent();
        content.Change(Entry, "- please how to bake", "how to bake");

        AssertProblem(content, Entry, null, "7 phrasings");
    }

    [Fact]
    public void A_phrasing_of_two_entries_is_a_problem()
    {
        using var content = new SampleContent();
        content.Change(Entry, "- please how to bake a sourdough bread loaf in the oven", "- Which brush paints the wooden garden fence green?");

        AssertProblem(content, "faq/en", null, "ssa-bake-bread and ssa-paint-fence");
    }

    [Fact]
    public void A_twin_that_is_no_entry_is_a_problem()
    {
        using var content = new SampleContent();
        content.Change("faq/en/opm-tune-piano.md", "twin: ssa-tune-piano", "twin: ssa-tune-harp");

        AssertProblem(content, "faq/en/opm-tune-piano.md", null, "ssa-tune-harp");
    }

    [Fact]
    public void A_title_that_two_entries_share_is_a_problem()
    {
        using var content = new SampleContent();
        content.Change(Entry, "title: Baking bread", "title: painting a fence");

        AssertProblem(content, "faq/en", null, "shared");
    }

    [Fact]
    public void A_fact_without_source_or_date_is_a_problem_on_its_line()
    {
        using var content = new SampleContent();
        content.Write("facts.yaml", content.Read("facts.yaml") + "\nold-fact:\n  en: { written: \"x\" }\n  as-of: yesterday\n");

        AssertProblem(content, "facts.yaml", LineOf(content, "facts.yaml", "old-fact"), "source");
    }

    [Fact]
    public void A_missing_prompt_is_a_problem()
    {
        using var content = new SampleContent();
        content.Change("prompts/en.yaml", "goodbye: { all: \"goodbye.\" }\n", "");

        AssertProblem(content, "prompts/en.yaml", null, "goodbye");
    }

    [Fact]
    public void A_rule_with_an_unknown_outcome_is_a_problem_on_its_line()
    {
        using var content = new SampleContent();
        content.Change("lexicon/en/router.yaml", "outcome: command/repeat", "outcome: command/rewind");

        AssertProblem(content, "lexicon/en/router.yaml", LineOf(content, "lexicon/en/router.yaml", "command/rewind"), "command/rewind");
    }

    [Fact]
    public void A_pattern_that_is_no_expression_is_a_problem()
    {
        using var content = new SampleContent();
        content.Change("lexicon/en/router.yaml", "patterns: [slower]", "patterns: [\"slow(er\"]");

        AssertProblem(content, "lexicon/en/router.yaml", LineOf(content, "lexicon/en/router.yaml", "slow(er"), "slow(er");
    }

    [Fact]
    public void A_topic_whose_redirect_has_no_prompt_is_a_problem()
    {
        using var content = new SampleContent();
        content.Change("lexicon/en/topics/topic-chess.md", "redirect: chess", "redirect: draughts");

        AssertProblem(content, "lexicon/en/topics/topic-chess.md", null, "redirect-draughts");
    }

    [Fact]
    public void Another_language_has_every_entry_or_none()
    {
        using var content = new SampleContent();
        content.Write("faq/es/ssa-bake-bread.md", content.Read(Entry));
        content.Write("prompts/es.yaml", content.Read("prompts/en.yaml"));
        content.Write("lexicon/es/router.yaml", content.Read("lexicon/en/router.yaml"));
        content.Write("lexicon/es/words.yaml", content.Read("lexicon/en/words.yaml"));

        AssertProblem(content, "faq/es/opm-sail-boat.md", null, "missing");
    }

    [Fact]
    public void What_is_not_YAML_is_a_problem_and_not_a_crash()
    {
        using var content = new SampleContent();
        content.Write("prompts/en.yaml", "greeting: \"no end\nthen: [\n");
        content.Change(Entry, "title: Baking bread", "title: [Baking");

        var (_, problems) = ContentLoader.TryLoad(content.Folder);

        Assert.Contains(problems, problem => problem.File == "prompts/en.yaml" && problem.Line > 0 && problem.Message.Contains("YAML", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.File == Entry && problem.Line > 0 && problem.Message.Contains("YAML", StringComparison.Ordinal));
    }

    [Fact]
    public void Loading_stops_with_every_problem_at_once()
    {
        using var content = new SampleContent();
        content.Change(Entry, "{bread-phone}", "{butter-phone}");
        content.Delete("lexicon/en/words.yaml");
        content.Change("prompts/en.yaml", "goodbye: { all: \"goodbye.\" }\n", "");

        var exception = Assert.Throws<ContentException>(() => ContentLoader.Load(content.Folder));

        Assert.True(exception.Problems.Count >= 4);
        Assert.All(
            [Entry, "lexicon/en/words.yaml", "prompts/en.yaml"],
            file => Assert.Contains(exception.Problems, problem => problem.File == file && exception.Message.Contains(problem.ToString(), StringComparison.Ordinal)));
    }

    static void AssertProblem(SampleContent content, string file, int? line, string words)
    {
        var (_, problems) = ContentLoader.TryLoad(content.Folder);

        Assert.Contains(problems, problem => problem.File == file && (line is null || problem.Line == line) && problem.Message.Contains(words, StringComparison.Ordinal));
    }

    static int LineOf(SampleContent content, string path, string text) =>
        content.Read(path).Split('\n').Index().First(line => line.Item.Contains(text, StringComparison.Ordinal)).Index + 1;
}
