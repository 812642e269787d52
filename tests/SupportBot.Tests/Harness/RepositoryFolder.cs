namespace SupportBot.Tests.Harness;

/// <summary>The working copy that the tests were built from.</summary>
static class RepositoryFolder
{
    internal static string Path { get; } = Find();

    internal static string Of(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "SupportBot.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The tests must run from their build folder inside the working copy.");
    }
}
