using System.ComponentModel.DataAnnotations;

namespace SupportBot.Ivr.Letters;

/// <summary>Letters. Section <c>Postal</c>.</summary>
public sealed class PostalOptions
{
    public const string Section = "Postal";

    /// <summary>Where print batches are put, one folder each, readable by the owner only. Empty: <c>letters/</c> in the data folder.</summary>
    public string Folder { get; set; } = "";

    /// <summary>When the nightly batch is made, UTC.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "23:59:59")]
    public TimeSpan PrintAt { get; set; } = TimeSpan.FromHours(6);

    /// <summary>False where another process, or <c>letters print</c> by a scheduler, makes the batches.</summary>
    public bool Nightly { get; set; } = true;

    /// <summary>Sender, as it stands on the letter, lines parted by semicolons.</summary>
    public string Sender { get; set; } = "SupportBot sign-in help";

    /// <summary>Name of the service in the manifest.</summary>
    [Required]
    public string ServiceName { get; set; } = "SupportBot";
}
