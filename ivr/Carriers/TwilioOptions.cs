using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Ivr.Carriers;

/// <summary>The carrier account. Section <c>Twilio</c>.</summary>
public sealed class TwilioOptions
{
    public const string Section = "Twilio";

    /// <summary>AC and 32 hexadecimal digits. Empty: the simulated carrier, and nothing leaves this machine.</summary>
    public string AccountSid { get; set; } = "";

    /// <summary>Signs and checks webhooks. During a rotation, or for sub-accounts, several parted by commas: the first signs what we send, all are accepted.</summary>
    public string AuthToken { get; set; } = "";

    /// <summary>Scheme, host and port (and path base) as configured at Twilio, e.g. <c>https://help.example.gov</c>. Empty: the address served on.</summary>
    public string PublicBaseUrl { get; set; } = "";

    /// <summary>Where the REST API is.</summary>
    [Required]
    [Url]
    public string ApiBaseUrl { get; set; } = "https://api.twilio.com";

    /// <summary>Our number in E.164, which texts and calls come from.</summary>
    public string From { get; set; } = "";

    public bool IsSimulated => AccountSid.Length == 0;
}

/// <summary>Everything wrong with <see cref="TwilioOptions"/>, at start.</summary>
sealed class TwilioOptionsValidation : IValidateOptions<TwilioOptions>
{
    public ValidateOptionsResult Validate(string? name, TwilioOptions options)
    {
        var problems = new List<string>();
        if (!options.IsSimulated && options.AuthToken.Length == 0)
        {
            problems.Add("Twilio:AuthToken is required with Twilio:AccountSid.");
        }

        if (!options.IsSimulated && !PhoneNumber.TryParse(options.From, out _))
        {
            problems.Add("Twilio:From must be our phone number, like +12025550123, with Twilio:AccountSid.");
        }

        if (options.PublicBaseUrl.Length > 0
            && !(Uri.TryCreate(options.PublicBaseUrl, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", Query: "", Fragment: "" }))
        {
            problems.Add("Twilio:PublicBaseUrl must be an address like https://help.example.gov.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
