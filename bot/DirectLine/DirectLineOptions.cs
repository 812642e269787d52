using System.ComponentModel.DataAnnotations;

namespace SupportBot.Bot.DirectLine;

/// <summary>The web side's door. Section <c>DirectLine</c>.</summary>
public sealed class DirectLineOptions : IValidatableObject
{
    public const string Section = "DirectLine";

    /// <summary>What another server shows to get tokens for its own pages (<c>tokens/generate</c>). Empty: nobody can. Never for a browser.</summary>
    public string Secret { get; set; } = "";

    /// <summary>Origins of other sites whose pages may talk to us, <c>https://www.example.gov</c>, parted by commas. Our own pages always may.</summary>
    public string TrustedOrigins { get; set; } = "";

    /// <summary>Life of a token. Official clients renew every 15 minutes whatever they are told, so a shorter life ends their chats.</summary>
    [Range(typeof(TimeSpan), "00:20:00", "1.00:00:00", ErrorMessage = "DirectLine:TokenLifetime must be between 20 minutes and one day.")]
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromMinutes(60);

    /// <summary>How long a page may come back to its conversation.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00", ErrorMessage = "DirectLine:ResumeLifetime must be between one hour and one year.")]
    public TimeSpan ResumeLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary><see cref="TrustedOrigins"/> one by one, without a closing slash.</summary>
    internal string[] Origins => [.. TrustedOrigins.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(origin => origin.TrimEnd('/'))];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Origins
        .Where(origin => !Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || !string.Equals(uri.GetLeftPart(UriPartial.Authority), origin, StringComparison.OrdinalIgnoreCase))
        .Select(origin => new ValidationResult($"DirectLine:TrustedOrigins: “{origin}” is not an origin such as https://www.example.gov."));
}
