using System.Collections.Frozen;
using System.Text;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Content;

/// <summary>Text with names in braces. Facts are filled when content loads; arguments when a reply is made.</summary>
/// <remarks>Never fed with what a person wrote: arguments are put in as finished text and are not looked at again.</remarks>
public static class Template
{
    /// <summary>Names that code, not content, fills in.</summary>
    public static readonly FrozenSet<string> Arguments =
        FrozenSet.ToFrozenSet(
            ["reference", "title", "topic", "options", "way", "host", "number", "expected-by", "valid-until", "code", "time", "date", "arrival", "day", "month", "year"], StringComparer.Ordinal);

    /// <summary>The names in braces with their offsets, in order.</summary>
    public static IEnumerable<(string Name, int Offset)> NamesIn(string template)
    {
        for (var open = template.IndexOf('{', StringComparison.Ordinal); open >= 0; open = template.IndexOf('{', open + 1))
        {
            var close = template.IndexOf('}', open);
            if (close > open)
            {
                yield return (template[(open + 1)..close], open);
            }
        }
    }

    /// <summary>Puts facts in; leaves arguments and unknown names as they are (the loader reports the unknown ones).</summary>
    public static string FillFacts(string template, FactSheet facts, Language language, Channel channel) =>
        Fill(template, name => facts.Contains(name) ? facts[name, language].For(channel) : null);

    /// <summary>Puts arguments in.</summary>
    public static string Fill(string template, Func<string, string?> valueOf)
    {
        if (!template.Contains('{', StringComparison.Ordinal))
        {
            return template;
        }

        var filled = new StringBuilder(template.Length + 32);
        var at = 0;
        foreach (var (name, offset) in NamesIn(template))
        {
            if (offset < at)
            {
                continue;
            }

            var value = valueOf(name);
            filled.Append(template, at, offset - at).Append(value ?? $"{{{name}}}");
            at = offset + name.Length + 2;

            // "7:00 p.m." brings its own full stop.
            if (value is [.., '.'] && at < template.Length && template[at] == '.')
            {
                at++;
            }
        }

        return filled.Append(template, at, template.Length - at).ToString();
    }
}
