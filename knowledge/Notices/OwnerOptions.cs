namespace SupportBot.Knowledge.Notices;

/// <summary>Where the owners of API keys are told what they did not ask for. Section <c>Owners</c>, by the name of the key.</summary>
public sealed class OwnerOptions() : Dictionary<string, OwnerWebhook>(StringComparer.Ordinal)
{
    public const string Section = "Owners";
}

/// <summary>One owner's webhook.</summary>
public sealed class OwnerWebhook
{
    const string SecretMark = "whsec_";

    /// <summary>Takes the POST; https, or http on this machine.</summary>
    public string WebhookUrl { get; set; } = "";

    /// <summary><c>whsec_</c> and 24 to 64 bytes in Base64 (Standard Webhooks).</summary>
    public string WebhookSecret { get; set; } = "";

    internal bool IsUsable => Uri.TryCreate(WebhookUrl, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
        && WebhookSecret.StartsWith(SecretMark, StringComparison.Ordinal) && Convert.TryFromBase64String(WebhookSecret[SecretMark.Length..], new byte[64], out var bytes) && bytes >= 24;
}
