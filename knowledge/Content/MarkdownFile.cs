using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SupportBot.Knowledge.Content;

/// <summary>A content file of front matter and <c>## Section</c>s, with the lines they begin on.</summary>
sealed record MarkdownFile(
    string Path, ImmutableDictionary<string, (string Value, int Line)> FrontMatter, ImmutableDictionary<string, MarkdownFile.Section> Sections)
{
    /// <summary>A section.</summary>
    /// <param name="Body">Its text without blank lines around it.</param>
    /// <param name="Line">1-based line on which the body begins.</param>
    internal sealed record Section(string Body, int Line);

    /// <summary>Reads one file; what is malformed goes to <paramref name="problems"/> and the rest is still read.</summary>
    internal static MarkdownFile Parse(string path, string text, List<ContentProblem> problems)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var frontMatter = ImmutableDictionary.CreateBuilder<string, (string, int)>(StringComparer.Ordinal);
        var body = 0;
        if (lines[0] != "---")
        {
            problems.Add(new(path, 1, "must begin with front matter between two lines of ---"));
        }
        else
        {
            var close = Array.IndexOf(lines, "---", 1);
            body = close < 0 ? lines.Length : close + 1;
            ReadFrontMatter(path, lines[1..(close < 0 ? lines.Length : close)], frontMatter, problems);
        }

        var sections = ImmutableDictionary.CreateBuilder<string, Section>(StringComparer.Ordinal);
        for (var at = body; at < lines.Length;)
        {
            var heading = lines[at++];
            while (at < lines.Length && lines[at].Length == 0)
            {
                at++;
            }

            var start = at;
            while (at < lines.Length && !lines[at].StartsWith("## ", StringComparison.Ordinal))
            {
                at++;
            }

            if (heading.StartsWith("## ", StringComparison.Ordinal)
                && !sections.TryAdd(heading[3..].Trim(), new(string.Join('\n', lines[start..at]).TrimEnd('\n', ' '), start + 1)))
            {
                problems.Add(new(path, start, $"the section “{heading[3..].Trim()}” is there twice"));
            }
        }

        return new(path, frontMatter.ToImmutable(), sections.ToImmutable());
    }

    static void ReadFrontMatter(
        string path, string[] lines, ImmutableDictionary<string, (string, int)>.Builder frontMatter, List<ContentProblem> problems)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(string.Join('\n', lines)));
            if (stream.Documents.Count > 0 && stream.Documents[0].RootNode is YamlMappingNode mapping)
            {
                foreach (var (key, value) in mapping.Children)
                {
                    frontMatter[((YamlScalarNode)key).Value!] = (value is YamlScalarNode scalar ? scalar.Value ?? "" : "", (int)key.Start.Line + 1);
                }
            }
        }
        catch (YamlException exception)
        {
            problems.Add(new(path, (int)exception.Start.Line + 1, $"front matter is not YAML: {exception.Message}"));
        }
        catch (InvalidOperationException exception)
        {
            // Some unclosed lists end the parser this way, without a place.
            problems.Add(new(path, 1, $"front matter is not YAML: {exception.Message}"));
        }
    }

    /// <summary>The lines of a list section with their numbers: <c>- one phrasing</c>.</summary>
    internal IEnumerable<(string Item, int Line)> Items(string section)
    {
        if (!Sections.TryGetValue(section, out var found))
        {
            yield break;
        }

        var line = found.Line - 1;
        foreach (var text in found.Body.Split('\n'))
        {
            line++;
            if (text.StartsWith("- ", StringComparison.Ordinal))
            {
                yield return (text[2..].Trim(), line);
            }
        }
    }
}
