namespace SupportBot.Knowledge.Secrets;

/// <summary>Section <c>Secrets</c>.</summary>
public sealed class SecretsOptions
{
    public const string Section = "Secrets";

    /// <summary>File with the master key; made on first start. Empty: beside the SQLite database, or in <c>data/</c> with PostgreSQL. Every process on one database uses the same file.</summary>
    public string KeyFile { get; set; } = "";
}
