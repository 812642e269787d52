using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SupportBot.Knowledge.Content;

/// <summary>YAML with line numbers, read without exceptions: what is wrong goes to the list of problems.</summary>
static class YamlFile
{
    internal static YamlNode? Parse(string path, string text, List<ContentProblem> problems)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 0 ? null : stream.Documents[0].RootNode;
        }
        catch (YamlException exception)
        {
            problems.Add(new(path, (int)exception.Start.Line, $"is not YAML: {exception.Message}"));
            return null;
        }
        catch (InvalidOperationException exception)
        {
            // Some unclosed lists end the parser this way, without a place.
            problems.Add(new(path, 1, $"is not YAML: {exception.Message}"));
            return null;
        }
    }

    internal static IEnumerable<(string Key, YamlNode Value, int Line)> Entries(this YamlNode? node) =>
        node is YamlMappingNode mapping
            ? mapping.Children.Select(child => (((YamlScalarNode)child.Key).Value!, child.Value, (int)child.Key.Start.Line))
            : [];

    internal static YamlNode? Child(this YamlNode? node, string key) =>
        node is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    internal static string? Text(this YamlNode? node) => (node as YamlScalarNode)?.Value;

    internal static IEnumerable<(string Text, int Line)> Texts(this YamlNode? node) => node switch
    {
        YamlSequenceNode sequence => sequence.Children.OfType<YamlScalarNode>().Select(item => (item.Value ?? "", (int)item.Start.Line)),
        YamlScalarNode { Value: { Length: > 0 } single } => [(single, (int)node.Start.Line)],
        _ => [],
    };
}
