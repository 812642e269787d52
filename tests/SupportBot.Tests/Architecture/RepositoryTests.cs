using System.Diagnostics;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Architecture;

/// <summary>What no file of the repository may hold.</summary>
public sealed class RepositoryTests
{
    /// <summary>Joined at run time, since this file is read too.</summary>
    static readonly string[] forbidden =
    [
        string.Join('/', "..", "shared"),
        string.Concat("registry.", "npmjs.org"), string.Concat("npmjs.", "com/"), string.Concat("registry.", "yarnpkg.com"),
        string.Concat("api.", "nuget.org"), string.Concat("nuget.", "org/v3"), string.Concat("pypi.", "org"), string.Concat("deb.", "debian.org"),
        string.Concat("<<<<", "<<< "), string.Concat(">>>>", ">>> "),
    ];

    [Fact]
    public void No_file_points_outside_or_to_a_registry()
    {
        var found = Tracked()
            .Select(file => (File: file, Full: RepositoryFolder.Of(file)))
            .Where(file => System.IO.File.Exists(file.Full) && new FileInfo(file.Full).Length < 20_000_000)
            .SelectMany(file =>
            {
                var text = System.IO.File.ReadAllText(file.Full);
                return forbidden.Where(words => text.Contains(words, StringComparison.OrdinalIgnoreCase)).Select(words => $"{file.File}: {words}");
            });

        Assert.Empty(found);
    }

    [Fact]
    public void Lock_files_name_versions_without_addresses() =>
        Assert.All(Tracked().Where(file => file.EndsWith("package-lock.json", StringComparison.Ordinal)), file =>
            Assert.DoesNotContain("\"resolved\"", System.IO.File.ReadAllText(RepositoryFolder.Of(file)), StringComparison.Ordinal));

    [Fact]
    public void Peers_are_pinned_to_exact_versions() =>
        Assert.All(Tracked().Where(file => file.StartsWith("tests/peers/", StringComparison.Ordinal) && file.EndsWith("/package.json", StringComparison.Ordinal)), file =>
        {
            using var json = System.Text.Json.JsonDocument.Parse(System.IO.File.ReadAllText(RepositoryFolder.Of(file)));
            foreach (var group in (string[])["dependencies", "devDependencies"])
            {
                if (json.RootElement.TryGetProperty(group, out var packages))
                {
                    Assert.All(packages.EnumerateObject(), package => Assert.True(char.IsAsciiDigit(package.Value.GetString()![0]), $"{file}: {package.Name} {package.Value}"));
                }
            }
        });

    [Fact]
    public void Nothing_that_is_built_or_secret_is_kept()
    {
        var files = Tracked();

        Assert.DoesNotContain(files, file => file.Split('/').Intersect(["bin", "obj", "node_modules", "data"], StringComparer.Ordinal).Any() && !file.StartsWith("tests/", StringComparison.Ordinal));
        Assert.DoesNotContain(files, file => Path.GetExtension(file) is ".db" or ".key" or ".pem" or ".pfx");
        Assert.DoesNotContain(files, file => Path.GetFileName(file) is "launchSettings.json");
    }

    /// <summary>Files under version control; all files of the folder where git is not there.</summary>
    static string[] Tracked()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("git", ["-C", RepositoryFolder.Path, "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            })!;
            var files = process.StandardOutput.ReadToEnd().Split('\0', StringSplitOptions.RemoveEmptyEntries);
            process.WaitForExit();
            if (process.ExitCode == 0)
            {
                return files;
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git: an exported archive.
        }

        string[] built = ["bin", "obj", "node_modules", ".git", "data"];
        return [.. Directory.EnumerateFiles(RepositoryFolder.Path, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(RepositoryFolder.Path, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(file => !file.Split('/').Intersect(built, StringComparer.Ordinal).Any())];
    }
}
