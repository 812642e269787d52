using Microsoft.AspNetCore.Http.HttpResults;
using SupportBot.Ivr.Carriers;

namespace SupportBot.Ivr.Simulator;

/// <summary>What the page wants posted to us in the carrier's name.</summary>
/// <param name="Path">Of one of our webhooks; begins with <c>/twilio/</c>.</param>
/// <param name="Parameters">What the page knows; what it leaves out is filled in as Twilio would.</param>
public sealed record WebhookRequest(string? Path, Dictionary<string, string?>? Parameters);

/// <summary>What was posted, and what our webhook answered.</summary>
/// <param name="Url">The signed address.</param>
/// <param name="Parameters">All that were posted.</param>
/// <param name="ContentType">As answered; empty when the answer named none.</param>
public sealed record WebhookAnswer(string Url, IReadOnlyDictionary<string, string> Parameters, int Status, string ContentType, string Body, int Milliseconds);

/// <summary>Signs and posts to our own webhooks, so that the page drives what the carrier would drive and never sees the token.</summary>
public sealed class SimulatedWebhook(OwnWebhooks webhooks, PublicUrl publicUrl, TimeProvider time)
{
    const string Prefix = "/twilio/";

    public async Task<Results<Ok<WebhookAnswer>, ProblemHttpResult>> PostAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        if (AddressOf(request.Path) is not { } address)
        {
            return TypedResults.Problem("path must begin with /twilio/.", statusCode: StatusCodes.Status400BadRequest);
        }

        var form = Fill(address, request.Parameters ?? []);
        var started = time.GetTimestamp();
        try
        {
            using var answer = await webhooks.PostAsync(address.AbsoluteUri, form, cancellationToken);
            var body = await answer.Content.ReadAsStringAsync(cancellationToken);
            return TypedResults.Ok(new WebhookAnswer(
                address.AbsoluteUri, form, (int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString() ?? "", body, (int)time.GetElapsedTime(started).TotalMilliseconds));
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return TypedResults.Problem($"No answer from {publicUrl.Value} ({exception.GetType().Name}).", statusCode: StatusCodes.Status502BadGateway);
        }
    }

    /// <summary>Null unless the address, once dots and escapes are resolved, is below our own <c>/twilio/</c>.</summary>
    Uri? AddressOf(string? path)
    {
        // An action in our TwiML stands below the path base, which the public address holds already.
        if (publicUrl.PathBase.Length > 0 && path?.StartsWith(publicUrl.PathBase + Prefix, StringComparison.Ordinal) == true)
        {
            path = path[publicUrl.PathBase.Length..];
        }

        if (path?.StartsWith(Prefix, StringComparison.Ordinal) != true || !Uri.TryCreate(publicUrl.Value + path, UriKind.Absolute, out var address))
        {
            return null;
        }

        return address.AbsoluteUri.StartsWith(new Uri(publicUrl.Value + Prefix).AbsoluteUri, StringComparison.Ordinal) ? address : null;
    }

    /// <summary>The parameters of a Twilio request (Twilio, Voice: TwiML request parameters; Messaging: request parameters).</summary>
    static Dictionary<string, string> Fill(Uri address, Dictionary<string, string?> given)
    {
        var isText = address.AbsolutePath.Contains("/twilio/sms/", StringComparison.Ordinal);
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AccountSid"] = SimulatedCarrier.AccountSid,
            ["ApiVersion"] = "2010-04-01",
            ["FromCountry"] = "US",
            ["ToCountry"] = "US",
        };
        foreach (var (name, value) in given)
        {
            form[name] = value ?? "";
        }

        if (isText)
        {
            var sid = form.GetValueOrDefault("MessageSid") ?? SimulatedCarrier.NewSid("SM");
            form.TryAdd("MessageSid", sid);
            form.TryAdd("SmsMessageSid", sid);
            form.TryAdd("SmsSid", sid);
            form.TryAdd("SmsStatus", "received");
            form.TryAdd("NumMedia", "0");
            form.TryAdd("NumSegments", "1");
            form.TryAdd("Body", "");
        }
        else
        {
            form.TryAdd("CallSid", SimulatedCarrier.NewSid("CA"));
            form.TryAdd("CallStatus", address.AbsolutePath.EndsWith("/incoming", StringComparison.Ordinal) ? "ringing" : "in-progress");
            form.TryAdd("Direction", "inbound");
            form.TryAdd("Caller", form.GetValueOrDefault("From") ?? "");
            form.TryAdd("Called", form.GetValueOrDefault("To") ?? "");
        }

        return form;
    }
}
