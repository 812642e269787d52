namespace SupportBot.Knowledge.Content;

/// <summary>One thing that is wrong with the content, where an author can find it.</summary>
/// <param name="File">Path relative to the content folder, with forward slashes.</param>
/// <param name="Line">1-based; 0 when the problem belongs to the file as a whole.</param>
/// <param name="Message">What is wrong and, where it can be said, what would be right.</param>
public sealed record ContentProblem(string File, int Line, string Message)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}: {Message}" : $"{File}: {Message}";
}

/// <summary>The content cannot be used; carries every problem at once, so that an author fixes them in one go.</summary>
public sealed class ContentException(IReadOnlyList<ContentProblem> problems)
    : Exception($"The content has {problems.Count} problem(s):{Environment.NewLine}{string.Join(Environment.NewLine, problems)}")
{
    public IReadOnlyList<ContentProblem> Problems { get; } = problems;
}
