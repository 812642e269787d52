using System.ComponentModel.DataAnnotations;

namespace SupportBot.Knowledge.Storage;

/// <summary>Where everything is kept. Section <c>Storage</c>.</summary>
public sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary><c>sqlite</c> (default) or <c>postgresql</c>.</summary>
    [Required]
    [AllowedValues("sqlite", "postgresql", ErrorMessage = "Storage:Engine must be sqlite or postgresql.")]
    public string Engine { get; set; } = "sqlite";

    /// <summary>An ADO.NET connection string. Empty with SQLite: a file in <see cref="DataFolder"/>.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Where files are made unless a setting says otherwise: <c>data/</c> beside the solution, or beside the assemblies once published.</summary>
    public static string DataFolder { get; } = Path.Combine(SolutionFolder() ?? AppContext.BaseDirectory, "data");

    static string? SolutionFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SupportBot.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
