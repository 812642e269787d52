using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Troubleshooting;
using SupportBot.Knowledge.Understanding;
using YamlDotNet.RepresentationModel;

namespace SupportBot.Knowledge.Content;

/// <summary>Files → <see cref="ContentLibrary"/>, or every problem with its file and line.</summary>
public static class ContentLoader
{
    const int MostTitleCharacters = 38;
    const int FewestPhrasings = 8;

    /// <summary>The content that ships beside the assemblies.</summary>
    public static string DefaultFolder => Path.Combine(AppContext.BaseDirectory, "knowledge");

    /// <summary>Loads a folder; throws <see cref="ContentException"/> with all problems when there is any.</summary>
    public static ContentLibrary Load(string folder)
    {
        var (library, problems) = TryLoad(folder);
        return problems.Count == 0 ? library! : throw new ContentException(problems);
    }

    /// <summary>Loads a folder as far as it goes. The library is null when something it cannot do without is missing.</summary>
    public static (ContentLibrary? Library, IReadOnlyList<ContentProblem> Problems) TryLoad(string folder)
    {
        var problems = new List<ContentProblem>();
        if (!Directory.Exists(folder))
        {
            return (null, [new(folder, 0, "the content folder does not exist")]);
        }

        var facts = LoadFacts(new ContentSource(folder, problems));
        var loaded = Enum.GetValues<Language>()
            .Where(language => Directory.Exists(Path.Combine(folder, "faq", Code(language))))
            .AsParallel().AsOrdered()
            .Select(language => LoadPack(new ContentSource(folder, []), facts, language))
            .ToList();
        problems.AddRange(loaded.SelectMany(item => item.Problems));
        var packs = loaded.Where(item => item.Pack is not null).ToDictionary(item => item.Pack!.Language, item => item.Pack!);

        if (!packs.TryGetValue(Language.En, out var english) || english.Entries.Count == 0)
        {
            problems.Add(new("faq/en", 0, "there is no English entry"));
        }
        else
        {
            CheckParity(packs, problems);
        }

        var flows = FlowFiles.Load(new(folder, problems), facts, [.. packs.Keys.Order()], packs.GetValueOrDefault(Language.En));
        return (new(facts, packs.ToFrozenDictionary(), flows), problems);
    }

    /// <summary>The folder and setting name of a language: <c>en</c>, <c>es</c>.</summary>
    public static string Code(Language language) => language.ToString().ToLowerInvariant();

    static (LanguagePack? Pack, List<ContentProblem> Problems) LoadPack(ContentSource source, FactSheet facts, Language language)
    {
        var code = Code(language);
        var entries = source.Files($"faq/{code}", "*.md")
            .Select(file => LoadEntry(source, facts, language, file))
            .OfType<FaqEntry>()
            .ToFrozenDictionary(entry => entry.Slug, StringComparer.Ordinal);
        foreach (var entry in entries.Values.Where(entry => entry.Twin is { } twin
            && (!entries.TryGetValue(twin, out var other) || other.Twin != entry.Slug || other.Agency == entry.Agency)))
        {
            source.Problems.Add(new($"faq/{code}/{entry.Slug}.md", 0, $"twin “{entry.Twin}” must be an entry of the other agency whose twin is this one"));
        }

        foreach (var pair in entries.Values.GroupBy(entry => entry.Title, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
        {
            source.Problems.Add(new($"faq/{code}", 0, $"title “{pair.Key}” is shared by {string.Join(", ", pair.Select(entry => entry.Slug).Order(StringComparer.Ordinal))}"));
        }

        var topics = source.Files($"lexicon/{code}/topics", "*.md")
            .Select(file => LoadTopic(source, file))
            .OfType<Topic>()
            .ToFrozenDictionary(topic => topic.Slug, StringComparer.Ordinal);
        var intents = source.Files($"lexicon/{code}/intents", "*.md").Select(file => LoadIntent(source, file)).OfType<Intent>().ToImmutableArray();
        var prompts = LoadPrompts(source, facts, language);
        foreach (var topic in topics.Values.Where(topic => !prompts.ContainsKey($"redirect-{topic.Redirect}")))
        {
            source.Problems.Add(new($"lexicon/{code}/topics/{topic.Slug}.md", 0, $"redirect “{topic.Redirect}” has no prompt redirect-{topic.Redirect}"));
        }

        CheckPhrasings(source, code, entries.Values);
        var lexicon = LoadLexicon(source, code);
        return (RouterOf(source, code, lexicon, intents) is { } router ? new(language, entries, topics, intents, prompts, lexicon, router, LoadSteps(source, code), LoadCodeWords(source, code)) : null, source.Problems);
    }

    static FactSheet LoadFacts(ContentSource source)
    {
        const string path = "facts.yaml";
        var facts = ImmutableDictionary.CreateBuilder<string, Fact>(StringComparer.Ordinal);
        foreach (var (id, node, line) in source.Yaml(path).Entries())
        {
            var written = node.Child("en").Child("written").Text();
            var source_ = node.Child("source").Text();
            var asOf = node.Child("as-of").Text();
            if (written is null)
            {
                source.Problems.Add(new(path, line, $"fact “{id}” needs en: written:"));
                continue;
            }

            if (string.IsNullOrWhiteSpace(source_) || !DateOnly.TryParseExact(asOf, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            {
                source.Problems.Add(new(path, line, $"fact “{id}” needs a source and an as-of date (2026-01-31)"));
            }

            var english = FormsOf(node.Child("en"), new(written, written, written));
            var forms = Enum.GetValues<Language>().ToImmutableDictionary(language => language, language => FormsOf(node.Child(Code(language)), english));
            facts[id] = new(id, forms, source_ ?? "", asOf ?? "", line);
        }

        return new(facts.ToImmutable());
    }

    static Wording FormsOf(YamlNode? node, Wording otherwise)
    {
        var written = node.Child("written").Text();
        return new(
            written ?? otherwise.Written,
            node.Child("spoken").Text() ?? written ?? otherwise.Spoken,
            node.Child("text").Text() ?? written ?? otherwise.Text);
    }

    static FaqEntry? LoadEntry(ContentSource source, FactSheet facts, Language language, string path)
    {
        var file = source.Markdown(path);
        var slug = Path.GetFileNameWithoutExtension(path);
        var agency = file.FrontMatter.GetValueOrDefault("agency").Value switch
        {
            "ssa" => Agency.Ssa,
            "opm" => Agency.Opm,
            _ => Agency.Unknown,
        };
        if (agency == Agency.Unknown || !slug.StartsWith(agency.ToString().ToLowerInvariant() + "-", StringComparison.Ordinal))
        {
            source.Problems.Add(new(path, Math.Max(1, file.FrontMatter.GetValueOrDefault("agency").Line), "agency must be ssa or opm and begin the file name"));
        }

        foreach (var required in (string[])["question", "title", "source"])
        {
            if (string.IsNullOrWhiteSpace(file.FrontMatter.GetValueOrDefault(required).Value))
            {
                source.Problems.Add(new(path, 1, $"front matter lacks {required}"));
            }
        }

        var title = file.FrontMatter.GetValueOrDefault("title").Value ?? slug;
        if (title.Length > MostTitleCharacters)
        {
            source.Problems.Add(new(path, file.FrontMatter["title"].Line, $"title has {title.Length} characters, at most {MostTitleCharacters}"));
        }

        var code = file.FrontMatter.GetValueOrDefault("code");
        if (code.Value is not null && PasscodeKinds.Parse(code.Value) is null)
        {
            source.Problems.Add(new(path, code.Line, $"code is {string.Join(", ", PasscodeKinds.All.Select(PasscodeKinds.Name))}"));
        }

        var phrasings = file.Items("Phrasings").ToList();
        if (phrasings.Count < FewestPhrasings)
        {
            source.Problems.Add(new(path, file.Sections.GetValueOrDefault("Phrasings")?.Line ?? 0, $"has {phrasings.Count} phrasings, at least {FewestPhrasings}"));
        }

        foreach (var twice in phrasings.GroupBy(item => Normalizer.Fold(item.Item), StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            source.Problems.Add(new(path, twice.Last().Line, $"phrasing is there twice: {twice.Key}"));
        }

        var written = Section(source, facts, language, file, "Written", Channel.Web, required: true);
        var spoken = Section(source, facts, language, file, "Spoken", Channel.Voice, required: true);
        var more = Section(source, facts, language, file, "Spoken more", Channel.Voice, required: false);
        var text = Section(source, facts, language, file, "Text", Channel.Sms, required: true);
        return new(
            slug, agency, title, file.FrontMatter.GetValueOrDefault("question").Value ?? "", file.FrontMatter.GetValueOrDefault("source").Value ?? "",
            new(written ?? "", spoken ?? "", text ?? ""), more, file.FrontMatter.GetValueOrDefault("twin").Value, PasscodeKinds.Parse(code.Value),
            [.. phrasings.Select(item => item.Item)]);
    }

    static string? Section(ContentSource source, FactSheet facts, Language language, MarkdownFile file, string name, Channel channel, bool required)
    {
        if (!file.Sections.TryGetValue(name, out var section) || section.Body.Length == 0)
        {
            if (required)
            {
                source.Problems.Add(new(file.Path, section?.Line ?? 0, $"lacks the wording “## {name}”"));
            }

            return null;
        }

        var where = section.Line;
        Wordings.CheckFacts(source, facts, file.Path, where, section.Body, allowArguments: false);
        Wordings.CheckNothingWrittenOut(source, file.Path, where, section.Body);
        var filled = Template.FillFacts(section.Body, facts, language, channel).Trim();
        Wordings.Check(source, file.Path, where, filled, channel);
        return filled;
    }

    static Topic? LoadTopic(ContentSource source, string path)
    {
        var file = source.Markdown(path);
        var title = file.FrontMatter.GetValueOrDefault("title").Value;
        var redirect = file.FrontMatter.GetValueOrDefault("redirect").Value;
        var phrasings = file.Items("Phrasings").Select(item => item.Item).ToImmutableArray();
        if (string.IsNullOrWhiteSpace(title) || string.IsNullOrWhiteSpace(redirect) || phrasings.IsEmpty)
        {
            source.Problems.Add(new(path, 1, "a topic needs title, redirect and phrasings"));
            return null;
        }

        return new(Path.GetFileNameWithoutExtension(path), title, redirect, phrasings);
    }

    static Intent? LoadIntent(ContentSource source, string path)
    {
        var file = source.Markdown(path);
        var outcome = file.FrontMatter.GetValueOrDefault("outcome").Value ?? "";
        var phrasings = file.Items("Phrasings").Select(item => item.Item).ToImmutableArray();
        if (!RouterOutcome.All.Contains(outcome) || phrasings.IsEmpty)
        {
            source.Problems.Add(new(path, 1, $"needs phrasings and a known outcome, has “{outcome}”"));
            return null;
        }

        return new(Path.GetFileNameWithoutExtension(path), outcome, phrasings);
    }

    static FrozenDictionary<string, Wording> LoadPrompts(ContentSource source, FactSheet facts, Language language)
    {
        var path = $"prompts/{Code(language)}.yaml";
        var prompts = new Dictionary<string, Wording>(StringComparer.Ordinal);
        foreach (var (key, node, line) in source.Yaml(path).Entries())
        {
            if (Wordings.Read(source, facts, path, $"prompt “{key}”", node, line, language, mayWriteOut: true) is { } wording)
            {
                prompts[key] = wording;
            }
        }

        foreach (var key in Prompts.All.Where(key => !prompts.ContainsKey(key)))
        {
            source.Problems.Add(new(path, 0, $"lacks the prompt “{key}”"));
        }

        return prompts.ToFrozenDictionary(StringComparer.Ordinal);
    }

    static Lexicon LoadLexicon(ContentSource source, string code)
    {
        var routerPath = $"lexicon/{code}/router.yaml";
        var router = source.Yaml(routerPath);
        var rules = new List<RouterRule>();
        foreach (var node in (router.Child("rules") as YamlSequenceNode)?.Children ?? [])
        {
            var line = (int)node.Start.Line;
            var name = node.Child("rule").Text();
            var outcome = node.Child("outcome").Text();
            if (name is null || outcome is null || !RouterOutcome.All.Contains(outcome))
            {
                source.Problems.Add(new(routerPath, line, $"rule “{name}” needs a name and a known outcome, has “{outcome}”"));
                continue;
            }

            var channels = node.Child("channels").Texts().Select(item => Enum.TryParse<Channel>(item.Text, ignoreCase: true, out var channel) ? channel : (Channel?)null).ToList();
            if (channels.Contains(null))
            {
                source.Problems.Add(new(routerPath, line, $"rule “{name}”: channels are web, voice, sms"));
            }

            var patterns = node.Child("patterns").Texts().ToList();
            var except = node.Child("except").Texts().ToList();
            rules.Add(new(
                name, outcome, node.Child("whole").Text() == "true", [.. channels.OfType<Channel>()],
                int.TryParse(node.Child("most-words").Text(), CultureInfo.InvariantCulture, out var most) ? most : 0,
                [.. patterns.Select(item => item.Text)], [.. except.Select(item => item.Text)]));
        }

        var words = source.Yaml($"lexicon/{code}/words.yaml");
        return new(
            [.. rules],
            [.. router.Child("fillers").Texts().Select(item => item.Text)],
            [.. words.Child("spellings").Entries().SelectMany(entry => entry.Value.Texts().Select(from => (Normalizer.Fold(from.Text), entry.Key)))],
            words.Child("concepts").Entries().ToImmutableDictionary(
                entry => entry.Key, entry => entry.Value.Texts().Select(item => Normalizer.Fold(item.Text)).ToImmutableArray(), StringComparer.Ordinal),
            [.. words.Child("stop-words").Texts().SelectMany(item => item.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries))],
            [.. words.Child("hints").Texts().Select(item => item.Text)]);
    }

    /// <summary>Words about steps; none where a folder has no such file.</summary>
    static StepLexicon LoadSteps(ContentSource source, string code)
    {
        var path = $"lexicon/{code}/steps.yaml";
        if (!source.Has(path))
        {
            return StepLexicon.None;
        }

        var root = source.Yaml(path);
        var words = Enum.GetValues<StepWord>().ToDictionary(StepLexicon.KeyOf);
        var cues = Enum.GetValues<StepCue>().ToDictionary(StepLexicon.KeyOf);
        foreach (var (key, _, line) in root.Entries().Where(entry => !cues.ContainsKey(entry.Key) && !words.ContainsKey(entry.Key)))
        {
            source.Problems.Add(new(path, line, $"“{key}” is no word about steps; those are {string.Join(", ", words.Keys.Concat(cues.Keys))}"));
        }

        return new(
            words.ToFrozenDictionary(word => word.Value, word => new ShortPatterns(Patterns(source, path, root, word.Key))),
            cues.ToFrozenDictionary(cue => cue.Value, cue => new ShortPatterns(Patterns(source, path, root, cue.Key))));
    }

    /// <summary>Words about a code that is on its way; none where a folder has no such file.</summary>
    static CodeLexicon LoadCodeWords(ContentSource source, string code)
    {
        var path = $"lexicon/{code}/codes.yaml";
        if (!source.Has(path))
        {
            return CodeLexicon.None;
        }

        var root = source.Yaml(path);
        var words = Enum.GetValues<CodeWord>().ToDictionary(CodeLexicon.KeyOf);
        foreach (var (key, _, line) in root.Entries().Where(entry => entry.Key is not ("before" or "after") && !words.ContainsKey(entry.Key)))
        {
            source.Problems.Add(new(path, line, $"“{key}” is no word about a code; those are {string.Join(", ", words.Keys)}, before and after"));
        }

        return new(
            words.ToFrozenDictionary(word => word.Value, word => Patterns(source, path, root, word.Key)), Patterns(source, path, root, "before"), Patterns(source, path, root, "after"));
    }

    static ImmutableArray<string> Patterns(ContentSource source, string path, YamlNode? root, string key)
    {
        var patterns = root.Child(key).Texts().ToList();
        var wrong = patterns.Where(pattern => ShortPatterns.ProblemOf(pattern.Text) is not null).ToList();
        foreach (var (pattern, line) in wrong)
        {
            source.Problems.Add(new(path, line, $"pattern “{pattern}” cannot be used: {ShortPatterns.ProblemOf(pattern)}"));
        }

        return [.. patterns.Except(wrong).Select(pattern => pattern.Text)];
    }

    /// <summary>The compiled rules; when that fails, each pattern is tried by itself to name the line.</summary>
    static Router? RouterOf(ContentSource source, string code, Lexicon lexicon, ImmutableArray<Intent> intents)
    {
        try
        {
            return new(lexicon, intents);
        }
        catch (AggregateException)
        {
            var path = $"lexicon/{code}/router.yaml";
            var nodes = (source.Yaml(path).Child("rules") as YamlSequenceNode)?.Children ?? [];
            foreach (var (pattern, line) in nodes.SelectMany(node => node.Child("patterns").Texts().Concat(node.Child("except").Texts())))
            {
                CheckPattern(source, path, line, pattern);
            }

            return null;
        }
    }

    internal static void CheckPattern(ContentSource source, string path, int line, string pattern)
    {
        if (PatternSet.ProblemOf(pattern) is { } problem)
        {
            source.Problems.Add(new(path, line, $"pattern “{(pattern.Length > 60 ? pattern[..60] + "…" : pattern)}” cannot be used: {problem}"));
        }
    }

    static void CheckPhrasings(ContentSource source, string code, IEnumerable<FaqEntry> entries)
    {
        var shared = entries
            .SelectMany(entry => entry.Phrasings.Select(phrasing => (Key: Normalizer.Fold(phrasing), entry.Slug)))
            .GroupBy(item => item.Key, StringComparer.Ordinal)
            .Where(group => group.Select(item => item.Slug).Distinct(StringComparer.Ordinal).Count() > 1);
        foreach (var group in shared)
        {
            source.Problems.Add(new($"faq/{code}", 0, $"“{group.Key}” is a phrasing of {string.Join(" and ", group.Select(item => item.Slug).Distinct(StringComparer.Ordinal))}"));
        }
    }

    static void CheckParity(Dictionary<Language, LanguagePack> packs, List<ContentProblem> problems)
    {
        var english = packs[Language.En];
        foreach (var pack in packs.Values.Where(pack => pack.Language != Language.En && pack.Entries.Count > 0))
        {
            foreach (var slug in english.Entries.Keys.Where(slug => !pack.Entries.ContainsKey(slug)).Order(StringComparer.Ordinal))
            {
                problems.Add(new($"faq/{Code(pack.Language)}/{slug}.md", 0, "is missing; every language has every entry"));
            }

            foreach (var slug in pack.Entries.Keys.Where(slug => !english.Entries.ContainsKey(slug)).Order(StringComparer.Ordinal))
            {
                problems.Add(new($"faq/{Code(pack.Language)}/{slug}.md", 0, "has no English entry of that name"));
            }
        }
    }
}
