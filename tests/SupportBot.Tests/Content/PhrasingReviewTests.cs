using SupportBot.Knowledge.Content;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Content;

public sealed class PhrasingReviewTests
{
    [Fact]
    public void A_phrasing_in_the_wrong_file_is_named_with_its_line_and_where_it_belongs()
    {
        using var content = new SampleContent();
        var path = Path.Combine(content.Folder, "faq", "en", "ssa-bake-bread.md");
        var lines = File.ReadAllLines(path).Append("- which brush paints the wooden garden fence").ToArray();
        File.WriteAllLines(path, lines);

        var warnings = PhrasingReview.Warnings(content.Folder, ContentLoader.Load(content.Folder));

        Assert.Contains(warnings, warning => warning.File == "faq/en/ssa-bake-bread.md" && warning.Line == lines.Length && warning.Message.Contains("nearer to ssa-paint-fence", StringComparison.Ordinal));
    }
}
