using System.Text.RegularExpressions;
using SupportBot.Knowledge.Conversations;
using YamlDotNet.RepresentationModel;

namespace SupportBot.Knowledge.Content;

/// <summary>Reads and checks wordings, wherever they stand: each channel has its limits.</summary>
static class Wordings
{
    const int MostSpokenWords = 60;
    const int MostTextSegments = 3;

    /// <summary>A wording in YAML: one text for every channel, or <c>written</c>, <c>spoken</c> and <c>text</c>, with <c>all</c> for those that are not named.</summary>
    /// <returns>Null when a channel has none.</returns>
    internal static Wording? Read(
        ContentSource source, FactSheet facts, string path, string what, YamlNode? node, int line, Language language, bool mayWriteOut)
    {
        var all = node.Text() ?? node.Child("all").Text();
        var forms = new Dictionary<Channel, string>();
        foreach (var (channel, name) in ((Channel, string)[])[(Channel.Web, "written"), (Channel.Voice, "spoken"), (Channel.Sms, "text")])
        {
            var at = node.Child(name) is { } form ? (int)form.Start.Line : line;
            if ((node.Child(name).Text() ?? all) is not { } template)
            {
                source.Problems.Add(new(path, line, $"{what} lacks the wording {name}"));
                continue;
            }

            CheckFacts(source, facts, path, at, template, allowArguments: true);
            if (!mayWriteOut)
            {
                CheckNothingWrittenOut(source, path, at, template);
            }

            forms[channel] = Template.FillFacts(template.Trim(), facts, language, channel);
            Check(source, path, at, Braces.Replace(forms[channel], ""), channel);
        }

        return forms.Count == 3 ? new(forms[Channel.Web], forms[Channel.Voice], forms[Channel.Sms]) : null;
    }

    internal static void CheckFacts(ContentSource source, FactSheet facts, string path, int line, string template, bool allowArguments)
    {
        foreach (var (name, offset) in Template.NamesIn(template))
        {
            if (!facts.Contains(name) && !(allowArguments && Template.Arguments.Contains(name)))
            {
                source.Problems.Add(new(path, line + template.AsSpan(0, offset).Count('\n'), $"unknown fact {{{name}}}"));
            }
        }
    }

    /// <summary>Numbers and addresses stand in the fact sheet only.</summary>
    internal static void CheckNothingWrittenOut(ContentSource source, string path, int line, string body)
    {
        foreach (var (at, text) in body.Split('\n').Select((text, index) => (line + index, text)))
        {
            var bare = ListMarker.Replace(Braces.Replace(text, ""), "");
            if (bare.Any(char.IsAsciiDigit))
            {
                source.Problems.Add(new(path, at, "a number is written out; numbers, dates and phones are facts, in braces"));
            }

            if (bare.Contains("http", StringComparison.OrdinalIgnoreCase) || bare.Contains("www.", StringComparison.OrdinalIgnoreCase))
            {
                source.Problems.Add(new(path, at, "an address is written out; links are facts, in braces"));
            }
        }
    }

    internal static void Check(ContentSource source, string path, int line, string filled, Channel channel)
    {
        switch (channel)
        {
            case Channel.Voice:
                var words = filled.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Length;
                if (words > MostSpokenWords)
                {
                    source.Problems.Add(new(path, line, $"is spoken in {words} words, at most {MostSpokenWords} (about 20 seconds); put the rest under “## Spoken more”"));
                }

                if (Unspeakable.Match(filled) is { Success: true } found)
                {
                    source.Problems.Add(new(path, line, $"“{found.Value}” would be read as punctuation on the phone"));
                }

                break;
            case Channel.Sms:
                var sent = Gsm7.Fold(filled, out var lost);
                if (lost is not null)
                {
                    source.Problems.Add(new(path, line, $"“{lost}” has no GSM-7 form"));
                }

                if (Gsm7.Segments(sent) > MostTextSegments)
                {
                    source.Problems.Add(new(path, line, $"is sent in {Gsm7.Segments(sent)} segments ({Gsm7.Septets(sent)} septets), at most {MostTextSegments}"));
                }

                break;
            case Channel.Web:
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    static readonly Regex Braces = new(@"\{[^}]*\}", RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1));
    static readonly Regex ListMarker = new(@"^\s*\d+\.\s", RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1));
    static readonly Regex Unspeakable = new(@"https?:|www\.|[A-Za-z]\.[A-Za-z]|[@/#*_\[\]()<>“”""]", RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1));
}
