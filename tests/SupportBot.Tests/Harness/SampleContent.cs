using SupportBot.Knowledge.Content;

namespace SupportBot.Tests.Harness;

/// <summary>A small content folder whose prompts say their own key, so that tests of the engine do not hang on real wordings.</summary>
sealed class SampleContent : IDisposable
{
    static readonly Lazy<ContentLibrary> library = new(() =>
    {
        using var content = new SampleContent();
        return ContentLoader.Load(content.Folder);
    });

    internal SampleContent()
    {
        Write("facts.yaml",
            """
            bread-phone:
              en: { written: "1-800-555-0199", spoken: "1, 800, 5 5 5, 0 1 9 9" }
              source: made for tests
              as-of: 2026-11-01
            """);
        Entry("ssa-bake-bread", "ssa", "Baking bread", "how to bake a sourdough bread loaf in the oven", more: true);
        Entry("ssa-paint-fence", "ssa", "Painting a fence", "which brush paints the wooden garden fence green", more: false);
        Entry("ssa-tune-piano", "ssa", "Tuning a piano", "who tunes my old grand piano strings", more: false, twin: "opm-tune-piano");
        Entry("opm-tune-piano", "opm", "Tuning an upright piano", "who tunes our old grand piano strings", more: false, twin: "ssa-tune-piano");
        Entry("opm-sail-boat", "opm", "Sailing a boat", "when does the harbour sail the little boat westward", more: false);
        Write("lexicon/en/topics/topic-chess.md",
            """
            ---
            title: chess
            redirect: chess
            ---

            ## Phrasings

            - how does the knight move over a chess board of pawns
            - teach me the queen gambit opening moves at chess
            """);
        Write("prompts/en.yaml", PromptsYaml());
        Entry("opm-fly-kite", "opm", "Flying a kite", "which string flies the paper kite highest today", more: false);
        WriteFlows();
        Write("lexicon/en/router.yaml", Router);
        Write("lexicon/en/words.yaml",
            """
            spellings: {}
            concepts:
              agency-ssa: [social security]
              agency-opm: [opm]
            stop-words: [the a an of in to my our i]
            """);
        Write("lexicon/zones.yaml",
            """
            states:
              HI: Pacific/Honolulu
              AZ: America/Phoenix
              NY: America/New_York
              CA: America/Los_Angeles
            area-codes:
              Pacific/Honolulu: ["808"]
              America/Los_Angeles: ["213", "310"]
              America/New_York: ["202", "212"]
            """);
    }

    /// <summary>The sample, loaded once.</summary>
    internal static ContentLibrary Library => library.Value;

    internal string Folder { get; } = Directory.CreateTempSubdirectory("supportbot-content-").FullName;

    /// <summary>Writes one file of the folder.</summary>
    internal void Write(string path, string text)
    {
        var full = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text.ReplaceLineEndings("\n"));
    }

    internal string Read(string path) => File.ReadAllText(Path.Combine(Folder, path));

    /// <summary>Changes one file of the folder; the old text must be there.</summary>
    internal void Change(string path, string from, string to)
    {
        var text = Read(path);
        Assert.Contains(from, text, StringComparison.Ordinal);
        Write(path, text.Replace(from, to, StringComparison.Ordinal));
    }

    internal void Delete(string path) => File.Delete(Path.Combine(Folder, path));

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    void Entry(string slug, string agency, string title, string phrasing, bool more, string? twin = null)
    {
        var asked = string.Join('\n', new[] { "", "please ", "tell me ", "hello there ", "excuse me ", "well then ", "good morning ", "one question " }.Select(start => $"- {start}{phrasing}"));
        Write($"faq/en/{slug}.md",
            $$"""
            ---
            question: {{phrasing}}?
            title: {{title}}
            agency: {{agency}}
            source: made for tests
            {{(twin is null ? "" : $"twin: {twin}")}}
            ---

            ## Written

            Written answer of {{slug}}. Call {bread-phone}.

            ## Spoken

            Spoken answer of {{slug}}.

            {{(more ? $"## Spoken more\n\nSpoken rest of {slug}." : "")}}

            ## Text

            Text answer of {{slug}}. Call {bread-phone}.

            ## Phrasings

            {{asked}}
            """);
    }

    /// <summary>Two flows: one with every kind of step, and one that it leads into.</summary>
    void WriteFlows()
    {
        Write("slots/wind.yaml",
            """
            ask: { en: Which wind? }
            why: { en: Because of the sail. }
            values:
              north: { title: { en: north wind }, words: { en: [from the north] }, answers: { en: [cold] } }
              south: { title: { en: south wind }, words: { en: [from the south] }, answers: { en: [warm] } }
              unsure: { title: { en: no idea }, answers: { en: [dont know] } }
            """);
        Write("slots/built.yaml",
            """
            ask: { en: When was it built? }
            why: { en: Because of the wood. }
            cues: { en: [built] }
            values:
              old: { title: { en: before the war }, dates: { until: 2021-09-17 }, answers: { en: [old] } }
              new: { title: { en: after the war }, dates: { from: 2021-09-18 }, answers: { en: [new] } }
            """);
        Write("slots/asked-on.yaml",
            """
            ask: { en: When did you ask? }
            why: { en: Because of the mail. }
            values:
              recent: { title: { en: lately }, days-ago: { from: 0, to: 10 } }
              late: { title: { en: a while ago }, days-ago: { from: 11, to: 30 } }
              expired: { title: { en: long ago }, days-ago: { from: 31 } }
            """);
        Write("flows/sail.yaml",
            """
            title: { en: Sailing }
            agency: opm
            entries: [opm-sail-boat]
            steps:
              built: { ask: built, to: { old: museum, new: wind } }
              museum: { tell: { en: Old boats are fragile. }, next: wind }
              wind: { ask: wind, to: { north: hoist, south: reef, unsure: window } }
              hoist: { do: { en: Hoist the sail. }, why: { en: It pulls. }, done: fair, failed: reef }
              reef: { do: { en: Reef the sail. }, done: fair, failed: hoist }
              window: { ask: asked-on, to: { else: mail } }
              mail: { check: mail-window, to: { early: early, due: early, late: later, expired: to-bread, else: later } }
              early: { tell: { en: Soon. }, dated: { en: "By {expected-by}, until {valid-until}." }, next: later }
              to-bread: { jump: bread }
              fair: { end: solved }
              later: { end: later }
            """);
        Write("flows/bread.yaml",
            """
            title: { en: Bread }
            agency: opm
            entries: [opm-tune-piano]
            steps:
              knead: { do: { en: Knead it. }, done: text, failed: code }
              text: { act: text-steps, to: { done: eaten, failed: eaten } }
              code: { act: resend-code, code: security, to: { done: eaten, failed: person } }
              eaten: { end: solved }
              person: { end: person }
            """);
        Write("lexicon/en/steps.yaml",
            """
            first-person: [back to me]
            other-person: [my wife now]
            again: [the choices]
            why: [why]
            text-me: [text me]
            later: [another day]
            failed: [it failed, did not work]
            not-yet: [not yet]
            skip: [skip]
            done: [done]
            walk: [step by step]
            resume: [go on]
            question: ['^(?:how|which|when|who) .*']
            asks: ['^what is .*']
            correction: ['^(?:no|sorry|wait|i meant) .*']
            unsure: [no clue]
            not-on-page: [there is no such .*]
            """);
    }

    static string PromptsYaml()
    {
        var lines = Prompts.All.Append("redirect-chess").Select(key => key switch
        {
            Prompts.MenuChoice => $"{key}: {{ all: \"{{number}} = {{title}}.\" }}",
            Prompts.StepsNoted or Prompts.StepsCorrected => $"{key}: {{ all: \"{key}, {{options}}.\" }}",
            Prompts.ResumeOffer => $"{key}: {{ all: \"{key}, {{title}}.\" }}",
            Prompts.CaseOpened or Prompts.CaseExists or Prompts.TransferFailed or Prompts.StepsLater or Prompts.CaseFound or Prompts.CaseIs => $"{key}: {{ all: \"{key}, {{reference}}.\" }}",
            "redirect-chess" => $"{key}: {{ all: \"{key}, {{topic}}.\" }}",
            _ => $"{key}: {{ all: \"{key}.\" }}",
        });
        return string.Join('\n', lines) + "\n";
    }

    const string Router =
        """
        fillers: [please, uh, um]
        rules:
          - { rule: crisis, outcome: safety/crisis, patterns: [kill myself] }
          - { rule: scam, outcome: safety/scam, patterns: [wants gift cards] }
          - { rule: compromise, outcome: handoff/compromise, patterns: [somebody is in my account] }
          - { rule: opt out, outcome: command/opt-out, patterns: [stop texting me] }
          - { rule: person, outcome: handoff/asked, whole: true, patterns: [help desk, agent, a person, representative] }
          - { rule: key zero, outcome: handoff/asked, whole: true, channels: [web, voice], patterns: ["0"] }
          - { rule: person misheard, outcome: handoff/confirm, whole: true, patterns: [held disk] }
          - { rule: repeat, outcome: command/repeat, whole: true, patterns: [repeat, say (?:that|it) again] }
          - { rule: slower, outcome: command/slower, whole: true, patterns: [slower] }
          - { rule: louder, outcome: command/louder, whole: true, patterns: [louder] }
          - { rule: wait, outcome: command/wait, whole: true, patterns: [wait, hold on] }
          - { rule: back, outcome: command/back, whole: true, patterns: [back, go back] }
          - { rule: restart, outcome: command/restart, whole: true, patterns: [start over] }
          - { rule: rephrase, outcome: command/rephrase, whole: true, patterns: [in other words] }
          - { rule: menu, outcome: command/menu, whole: true, patterns: [menu] }
          - { rule: help, outcome: command/help, whole: true, patterns: [help] }
          - { rule: spanish, outcome: command/lang-es, whole: true, patterns: [spanish, espanol] }
          - { rule: english, outcome: command/lang-en, whole: true, patterns: [english] }
          - { rule: yes, outcome: command/yes, whole: true, patterns: ["yes", yeah] }
          - { rule: no, outcome: command/no, whole: true, patterns: ["no", nope] }
          - { rule: case number, outcome: command/case-number, whole: true, patterns: [what is my case number] }
          - { rule: bye, outcome: command/end, whole: true, channels: [web, voice], patterns: [goodbye, stop, end, quit, cancel] }
          - { rule: hello, outcome: smalltalk/hello, whole: true, patterns: [hello, hi] }
          - { rule: noise, outcome: abstain/gibberish, whole: true, patterns: [blah blah] }
        """;
}
