using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Troubleshooting;
using SupportBot.Knowledge.Understanding;
using YamlDotNet.RepresentationModel;

namespace SupportBot.Knowledge.Content;

/// <summary><c>slots/*.yaml</c> and <c>flows/*.yaml</c> → <see cref="FlowBook"/>. One object reads one content folder.</summary>
sealed class FlowFiles
{
    const int MostValues = 4;
    const int MostTitleCharacters = 38;

    readonly ContentSource source;
    readonly FactSheet facts;
    readonly ImmutableArray<Language> languages;

    FlowFiles(ContentSource source, FactSheet facts, ImmutableArray<Language> languages)
    {
        this.source = source;
        this.facts = facts;
        this.languages = languages;
    }

    /// <summary>Reads what is there; what is wrong goes to the source's problems.</summary>
    /// <param name="source">The folder.</param>
    /// <param name="facts">For names in braces.</param>
    /// <param name="languages">Those in which everything must be said.</param>
    /// <param name="english">Tells which entries there are.</param>
    internal static FlowBook Load(ContentSource source, FactSheet facts, ImmutableArray<Language> languages, LanguagePack? english)
    {
        var files = new FlowFiles(source, facts, languages);
        var slots = source.Files("slots", "*.yaml").AsParallel().AsOrdered()
            .Select(file => (Slot: files.Parted(out var problems).ReadSlot(file), problems)).ToList();
        var flows = source.Files("flows", "*.yaml").AsParallel().AsOrdered()
            .Select(file => (Flow: files.Parted(out var problems).ReadFlow(file), problems)).ToList();
        source.Problems.AddRange(slots.SelectMany(item => item.problems).Concat(flows.SelectMany(item => item.problems)));
        var read = flows.Select(item => item.Flow).OfType<Flow>().ToList();
        var known = slots.Select(item => item.Slot).OfType<Slot>().ToFrozenDictionary(slot => slot.Name, StringComparer.Ordinal);
        var before = source.Problems.Count;
        FlowChecks.Run(read, known, english, (flow, step, message) => source.Problems.Add(new($"flows/{flow}.yaml", files.LineOf(flow, step), message)));

        // A broken way is not walked: what loads is what holds together.
        return source.Problems.Count == before ? new(read, known.Values) : FlowBook.Empty;
    }

    /// <summary>The same folder with problems of its own: files are read side by side and reported in order.</summary>
    FlowFiles Parted(out List<ContentProblem> problems)
    {
        problems = [];
        return new(source with { Problems = problems }, facts, languages);
    }

    int LineOf(string flow, string? step)
    {
        var root = YamlFile.Parse("", File.ReadAllText(Path.Combine(source.Folder, $"flows/{flow}.yaml")), []);
        return step is null ? 1 : root.Child("steps").Entries().Where(entry => entry.Key == step).Select(entry => entry.Line).FirstOrDefault(1);
    }

    Slot? ReadSlot(string path)
    {
        var root = source.Yaml(path);
        var values = root.Child("values").Entries().Select(entry => ReadValue(path, entry.Key, entry.Value, entry.Line)).ToImmutableArray();
        if (values.Length is < 2 or > MostValues)
        {
            source.Problems.Add(new(path, 1, $"has {values.Length} values; a phone carries 2 to {MostValues}"));
        }

        if (!Expect(path, root, 1, "ask", "why", "values", "cues", "lasting")
            || Say(path, root, "ask", 1, required: true) is not { } ask
            || Say(path, root, "why", 1, required: true) is not { } why)
        {
            return null;
        }

        return new(Path.GetFileNameWithoutExtension(path), ask, why, values, root.Child("cues") is null ? null : Patterns(path, root.Child("cues"), required: true, 1),
            root.Child("lasting").Text() == "true");
    }

    SlotValue ReadValue(string path, string name, YamlNode node, int line)
    {
        Expect(path, node, line, "title", "dates", "days-ago", "words", "answers");
        return new(
            name, Title(path, node, line), Day(path, node.Child("dates"), "from"), Day(path, node.Child("dates"), "until"), DaysAgo(path, node.Child("days-ago"), line),
            Patterns(path, node.Child("words"), required: false, line), Patterns(path, node.Child("answers"), required: false, line));
    }

    FrozenDictionary<Language, Wording> Title(string path, YamlNode? node, int line)
    {
        var title = Say(path, node, "title", line, required: true);
        foreach (var wording in title?.Values.Where(wording => wording.Written.Length > MostTitleCharacters) ?? [])
        {
            source.Problems.Add(new(path, line, $"title “{wording.Written}” has {wording.Written.Length} characters, at most {MostTitleCharacters}"));
        }

        return title ?? languages.ToFrozenDictionary(language => language, _ => new Wording("", "", ""));
    }

    LocalDay? Day(string path, YamlNode? node, string key)
    {
        if (node.Child(key) is not { } child)
        {
            return null;
        }

        if (LocalDay.TryParse(child.Text(), out var day))
        {
            return day;
        }

        source.Problems.Add(new(path, (int)child.Start.Line, $"{key} is a day like 2021-09-18"));
        return null;
    }

    (int From, int To)? DaysAgo(string path, YamlNode? node, int line)
    {
        if (node is null)
        {
            return null;
        }

        if (int.TryParse(node.Child("from").Text(), CultureInfo.InvariantCulture, out var from))
        {
            return (from, int.TryParse(node.Child("to").Text(), CultureInfo.InvariantCulture, out var to) ? to : int.MaxValue);
        }

        source.Problems.Add(new(path, line, "days-ago needs from: and may have to:, both in days"));
        return null;
    }

    FrozenDictionary<Language, ShortPatterns> Patterns(string path, YamlNode? node, bool required, int line) => languages.ToFrozenDictionary(language => language, language =>
    {
        var patterns = node.Child(ContentLoader.Code(language)).Texts().ToList();
        if (patterns.Count == 0)
        {
            if (required || node is not null)
            {
                source.Problems.Add(new(path, line, $"patterns lack {ContentLoader.Code(language)}:"));
            }

            return ShortPatterns.None;
        }

        var wrong = patterns.Where(pattern => ShortPatterns.ProblemOf(pattern.Text) is not null).ToList();
        foreach (var pattern in wrong)
        {
            source.Problems.Add(new(path, pattern.Line, $"pattern “{pattern.Text}” cannot be used: {ShortPatterns.ProblemOf(pattern.Text)}"));
        }

        return new([.. patterns.Except(wrong).Select(pattern => pattern.Text)]);
    });

    Flow? ReadFlow(string path)
    {
        var root = source.Yaml(path);
        var agency = root.Child("agency").Text() switch
        {
            "ssa" => Agency.Ssa,
            "opm" => Agency.Opm,
            _ => Agency.Unknown,
        };
        if (agency == Agency.Unknown)
        {
            source.Problems.Add(new(path, 1, "agency must be ssa or opm"));
        }

        Expect(path, root, 1, "title", "agency", "entries", "steps");
        var names = root.Child("steps").Entries().Select(entry => entry.Key).ToImmutableArray();
        var steps = root.Child("steps").Entries().Select(entry => ReadStep(path, entry.Key, entry.Value, entry.Line)).OfType<Step>().ToList();
        if (names.IsEmpty)
        {
            source.Problems.Add(new(path, 1, "has no steps"));
        }

        return steps.Count == 0 || steps.Count < names.Length
            ? null
            : new(
                Path.GetFileNameWithoutExtension(path), Title(path, root, 1), agency, [.. root.Child("entries").Texts().Select(entry => entry.Text)],
                names[0], steps.ToFrozenDictionary(step => step.Name, StringComparer.Ordinal), names);
    }

    Step? ReadStep(string path, string name, YamlNode node, int line)
    {
        var kinds = (string[])["ask", "do", "tell", "check", "act", "jump", "end"];
        var kind = kinds.Where(key => node.Child(key) is not null).ToList();
        if (kind.Count != 1)
        {
            source.Problems.Add(new(path, line, $"step “{name}” must be exactly one of {string.Join(", ", kinds)}"));
            return null;
        }

        var what = $"step “{name}”";
        switch (kind[0])
        {
            case "ask":
                Expect(path, node, line, "ask", "say", "to");
                return Targets(path, what, node, line) is var (to, order)
                    ? new Step.Ask(name, node.Child("ask").Text() ?? "", Say(path, node, "say", line, required: false), to, order)
                    : null;
            case "do":
                Expect(path, node, line, "do", "why", "done", "failed");
                return Say(path, node, "do", line, required: true) is { } instruction && Target(path, what, node, "done", line) is { } done && Target(path, what, node, "failed", line) is { } failed
                    ? new Step.Do(name, instruction, Say(path, node, "why", line, required: false), done, failed)
                    : null;
            case "tell":
                Expect(path, node, line, "tell", "dated", "next");
                return Say(path, node, "tell", line, required: true) is { } told && Target(path, what, node, "next", line) is { } next
                    ? new Step.Tell(name, told, Say(path, node, "dated", line, required: false), next)
                    : null;
            case "check":
                Expect(path, node, line, "check", "to");
                return Targets(path, what, node, line) is var (outcomes, outcomeOrder)
                    ? new Step.Check(name, node.Child("check").Text() ?? "", outcomes, outcomeOrder)
                    : null;
            case "act":
                Expect(path, node, line, "act", "code", "to", "next");
                return ReadAct(path, name, node, line);
            case "jump":
                Expect(path, node, line, "jump");
                return new Step.Jump(name, node.Child("jump").Text() ?? "");
            default:
                Expect(path, node, line, "end", "say");
                if (Enum.TryParse<FlowEnd>(node.Child("end").Text(), ignoreCase: true, out var end))
                {
                    return new Step.End(name, end, Say(path, node, "say", line, required: false));
                }

                source.Problems.Add(new(path, line, $"{what}: end is solved, person or later"));
                return null;
        }
    }

    Step.Act? ReadAct(string path, string name, YamlNode node, int line)
    {
        FlowAct? kind = node.Child("act").Text() switch
        {
            "resend-code" => FlowAct.ResendCode,
            "call-code" => FlowAct.CallCode,
            "text-steps" => FlowAct.TextSteps,
            "open-case" => FlowAct.OpenCase,
            _ => null,
        };
        if (kind is not { } act)
        {
            source.Problems.Add(new(path, line, $"step “{name}”: act is resend-code, call-code, text-steps or open-case"));
            return null;
        }

        var done = node.Child("to").Child("done").Text() ?? node.Child("next").Text();
        var failed = node.Child("to").Child("failed").Text() ?? node.Child("next").Text();
        if (done is null || failed is null)
        {
            source.Problems.Add(new(path, line, $"step “{name}” needs to: done and failed, or next:"));
            return null;
        }

        var code = PasscodeKinds.Parse(node.Child("code").Text());
        if (code is not null != act is FlowAct.ResendCode or FlowAct.CallCode)
        {
            source.Problems.Add(new(path, line, $"step “{name}”: resend-code and call-code, and only they, need code: {string.Join(", ", PasscodeKinds.All.Select(PasscodeKinds.Name))}"));
            return null;
        }

        return new(name, act, code, done, failed);
    }

    (FrozenDictionary<string, string> To, ImmutableArray<string> Order)? Targets(string path, string what, YamlNode node, int line)
    {
        var entries = node.Child("to").Entries().Select(entry => (entry.Key, Target: entry.Value.Text())).ToList();
        if (entries.Count > 0 && entries.TrueForAll(entry => entry.Target is not null))
        {
            return (entries.ToFrozenDictionary(entry => entry.Key, entry => entry.Target!, StringComparer.Ordinal), [.. entries.Select(entry => entry.Key)]);
        }

        source.Problems.Add(new(path, line, $"{what} needs to: with a step for each outcome"));
        return null;
    }

    string? Target(string path, string what, YamlNode node, string key, int line)
    {
        var target = node.Child(key).Text();
        if (target is null)
        {
            source.Problems.Add(new(path, line, $"{what} lacks {key}:"));
        }

        return target;
    }

    FrozenDictionary<Language, Wording>? Say(string path, YamlNode? node, string key, int line, bool required)
    {
        if (node.Child(key) is not { } child)
        {
            if (required)
            {
                source.Problems.Add(new(path, line, $"lacks {key}:"));
            }

            return null;
        }

        var said = languages
            .Select(language => (language, wording: child.Child(ContentLoader.Code(language)) is { } form
                ? Wordings.Read(source, facts, path, $"{key}: {ContentLoader.Code(language)}:", form, (int)form.Start.Line, language, mayWriteOut: false)
                : null))
            .ToList();
        foreach (var (language, _) in said.Where(item => item.wording is null && child.Child(ContentLoader.Code(item.language)) is null))
        {
            source.Problems.Add(new(path, (int)child.Start.Line, $"{key}: lacks {ContentLoader.Code(language)}:"));
        }

        return said.TrueForAll(item => item.wording is not null) ? said.ToFrozenDictionary(item => item.language, item => item.wording!) : null;
    }

    /// <summary>Names what nobody reads: a misspelt key must not be passed over.</summary>
    bool Expect(string path, YamlNode? node, int line, params ReadOnlySpan<string> keys)
    {
        var isExpected = true;
        foreach (var entry in node.Entries())
        {
            if (!keys.Contains(entry.Key))
            {
                isExpected = false;
                source.Problems.Add(new(path, entry.Line, $"“{entry.Key}” is not known here; known are {string.Join(", ", keys.ToArray())}"));
            }
        }

        return isExpected;
    }
}
