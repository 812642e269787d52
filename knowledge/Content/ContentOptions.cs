namespace SupportBot.Knowledge.Content;

/// <summary>Section <c>Content</c>.</summary>
public sealed class ContentOptions
{
    public const string Section = "Content";

    /// <summary>Folder with facts, FAQ, prompts and lexicon. Default: what ships beside the assemblies.</summary>
    public string Folder { get; set; } = ContentLoader.DefaultFolder;
}
