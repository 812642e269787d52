using YamlDotNet.RepresentationModel;

namespace SupportBot.Knowledge.Content;

/// <summary>A content folder being read, and what is wrong with it so far.</summary>
sealed record ContentSource(string Folder, List<ContentProblem> Problems)
{
    internal IEnumerable<string> Files(string folder, string pattern)
    {
        var full = Path.Combine(Folder, folder);
        return Directory.Exists(full)
            ? Directory.EnumerateFiles(full, pattern).Select(file => $"{folder}/{Path.GetFileName(file)}").Order(StringComparer.Ordinal)
            : [];
    }

    internal bool Has(string path) => File.Exists(Path.Combine(Folder, path));

    internal MarkdownFile Markdown(string path) => MarkdownFile.Parse(path, File.ReadAllText(Path.Combine(Folder, path)), Problems);

    internal YamlNode? Yaml(string path)
    {
        var full = Path.Combine(Folder, path);
        if (File.Exists(full))
        {
            return YamlFile.Parse(path, File.ReadAllText(full), Problems);
        }

        Problems.Add(new(path, 0, "the file is missing"));
        return null;
    }
}
