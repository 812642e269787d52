using System.Reflection;
using System.Text.RegularExpressions;
using SupportBot.Bot;
using SupportBot.Ivr;
using SupportBot.Knowledge;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Architecture;

public sealed partial class ArchitectureTests
{
    static readonly string[] sourceFolders = ["knowledge", "ivr", "bot", "tests/SupportBot.Tests", "tests/SupportBot.Benchmarks"];

    [Fact]
    public void Knowledge_knows_neither_the_hosts_nor_the_web()
    {
        var references = References(typeof(KnowledgeModule).Assembly);

        Assert.DoesNotContain(references, name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
        Assert.DoesNotContain(references, name => name.StartsWith("supportbot", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("AspNetCore", File.ReadAllText(RepositoryFolder.Of("knowledge", "SupportBot.Knowledge.csproj")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_phone_side_knows_knowledge_only()
    {
        var references = References(typeof(IvrModule).Assembly).Where(name => name.StartsWith("supportbot", StringComparison.OrdinalIgnoreCase));

        Assert.Equal(["SupportBot.Knowledge"], references);
    }

    [Fact]
    public void The_bot_knows_both() => Assert.Subset(
        new HashSet<string>(["SupportBot.Knowledge", "supportbot-ivr"], StringComparer.Ordinal),
        References(typeof(BotModule).Assembly).Where(name => name.StartsWith("supportbot", StringComparison.OrdinalIgnoreCase)).ToHashSet(StringComparer.Ordinal));

    [Fact]
    public void Only_the_host_of_the_bot_names_the_phone_side()
    {
        var naming = SourceFiles("bot").Where(file => File.ReadAllText(file).Contains("SupportBot.Ivr", StringComparison.Ordinal)).Select(Path.GetFileName);

        Assert.Subset(new HashSet<string?>(["Program.cs", "BotModule.cs"], StringComparer.Ordinal), naming.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void No_code_folder_is_deeper_than_two()
    {
        foreach (var folder in sourceFolders)
        {
            var root = RepositoryFolder.Of(folder.Split('/'));
            Assert.All(SourceFiles(folder), file => Assert.True(Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar).Length <= 3, file));
        }
    }

    [Fact]
    public void Names_say_what_a_thing_is()
    {
        Assert.All(sourceFolders.SelectMany(SourceFiles), file => Assert.DoesNotMatch(EmptyName(), Path.GetFileNameWithoutExtension(file)));
        Assert.All(
            new[] { typeof(KnowledgeModule), typeof(IvrModule), typeof(BotModule) }.SelectMany(type => type.Assembly.GetTypes()).Where(IsOurs),
            type => Assert.DoesNotMatch(EmptyName(), type.Name.Split('`')[0]));
    }

    [Fact]
    public void A_namespace_is_its_folder()
    {
        foreach (var (folder, root) in (ReadOnlySpan<(string, string)>)[("knowledge", "SupportBot.Knowledge"), ("ivr", "SupportBot.Ivr"), ("bot", "SupportBot.Bot"), ("tests/SupportBot.Tests", "SupportBot.Tests")])
        {
            foreach (var file in SourceFiles(folder))
            {
                var inside = Path.GetDirectoryName(Path.GetRelativePath(RepositoryFolder.Of(folder.Split('/')), file))!.Replace(Path.DirectorySeparatorChar, '.');
                var expected = inside.Length == 0 ? root : $"{root}.{inside}";
                Assert.Contains($"namespace {expected};", File.ReadAllText(file), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Classes_are_sealed_or_static_or_closed_sets()
    {
        var open = new[] { typeof(KnowledgeModule), typeof(IvrModule), typeof(BotModule) }
            .SelectMany(type => type.Assembly.GetTypes())
            .Where(IsOurs)
            .Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false });

        Assert.Empty(open);
    }

    static List<string> References(Assembly assembly) => [.. assembly.GetReferencedAssemblies().Select(name => name.Name!)];

    static bool IsOurs(Type type) => type.Namespace?.StartsWith("SupportBot", StringComparison.Ordinal) == true && !type.Name.Contains('<', StringComparison.Ordinal)
        && type.DeclaringType?.Name.Contains('<', StringComparison.Ordinal) != true
        && !type.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute));

    static IEnumerable<string> SourceFiles(string folder)
    {
        var root = RepositoryFolder.Of(folder.Split('/'));
        return Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"));
    }

    [GeneratedRegex("(Utils?|Utility|Utilities|Helpers?|Manager|Processor|Impl|Misc|Common)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex EmptyName();
}
