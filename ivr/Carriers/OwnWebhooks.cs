using System.Net.Http.Headers;

namespace SupportBot.Ivr.Carriers;

/// <summary>Posts to our own webhooks over HTTP as the carrier would: form-encoded and signed. Only the simulated carrier uses it.</summary>
public sealed class OwnWebhooks(IHttpClientFactory clients, TwilioToken token)
{
    /// <summary>Name of the HTTP client.</summary>
    public const string Client = "own-webhooks";

    /// <summary>The answer, whatever its status. Throws <see cref="HttpRequestException"/> when there is none.</summary>
    /// <param name="address">Absolute.</param>
    public async Task<HttpResponseMessage> PostAsync(string address, IReadOnlyCollection<KeyValuePair<string, string>> form, CancellationToken cancellationToken)
    {
        // The signature covers the address as it goes over the wire, so both are taken from one Uri.
        var url = new Uri(address, UriKind.Absolute);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/xml"));
        request.Headers.Add("X-Twilio-Signature", TwilioSignature.Compute(token.Value, url.AbsoluteUri, form));
        return await clients.CreateClient(Client).SendAsync(request, cancellationToken);
    }
}
