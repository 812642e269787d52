using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SupportBot.Ivr.Notices;

/// <summary>Signs what we send to others, as Standard Webhooks 1.0 has it: HMAC-SHA256 over id, time and body.</summary>
public static class WebhookSignature
{
    const string SecretMark = "whsec_";

    /// <summary>The three headers of a signed request.</summary>
    /// <param name="secret"><c>whsec_</c> and the key in Base64.</param>
    public static ImmutableArray<(string Name, string Value)> HeadersOf(string id, DateTimeOffset at, string body, string secret)
    {
        var timestamp = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = HMACSHA256.HashData(Convert.FromBase64String(secret[SecretMark.Length..]), Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}"));
        return [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", $"v1,{Convert.ToBase64String(signature)}")];
    }
}
