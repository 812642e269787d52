using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace SupportBot.Ivr.Carriers;

/// <summary>Twilio's REST API, version 2010-04-01.</summary>
public sealed partial class TwilioCarrier(IHttpClientFactory clients, IOptions<TwilioOptions> options, TimeProvider time, ILogger<TwilioCarrier> logger) : ICarrier
{
    /// <summary>Name of the HTTP client.</summary>
    public const string Client = "twilio";

    /// <summary>An answer that is still in the carrier's queue after this long is no use to the person who asked for it.</summary>
    static readonly TimeSpan validity = TimeSpan.FromHours(4);

    static readonly TimeSpan retryUnlessTold = TimeSpan.FromSeconds(5);
    static readonly TimeSpan longestRetry = TimeSpan.FromMinutes(5);

    public async Task<CarrierAnswer> SendTextAsync(OutboundText text, CancellationToken cancellationToken)
    {
        var account = options.Value;
        using var request = new HttpRequestMessage(
            HttpMethod.Post, $"{account.ApiBaseUrl.TrimEnd('/')}/2010-04-01/Accounts/{Uri.EscapeDataString(account.AccountSid)}/Messages.json");
        request.Content = new FormUrlEncodedContent(FormOf(text));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));

        // During a rotation the setting lists several tokens; the first is ours.
        var password = account.AuthToken.Split(',', StringSplitOptions.TrimEntries)[0];
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{account.AccountSid}:{password}")));
        try
        {
            using var response = await clients.CreateClient(Client).SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            var answer = Read(response.StatusCode, response.Headers.RetryAfter, body, time.GetUtcNow());
            if (answer is CarrierAnswer.Busy or CarrierAnswer.Unknown)
            {
                Log.NotSettled(logger, text.DeliveryId, (int)response.StatusCode, answer.GetType().Name);
            }

            return answer;
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError
            is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError)
        {
            // Nothing was sent yet.
            Log.NoConnection(logger, text.DeliveryId, exception.HttpRequestError);
            return new CarrierAnswer.Busy(retryUnlessTold);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Log.NoAnswer(logger, text.DeliveryId, exception.GetType().Name);
            return new CarrierAnswer.Unknown();
        }
    }

    /// <summary>The parameters of Message create. <c>ContentRetention</c> exists for messages only, and asks Twilio to forget the words once sent.</summary>
    public static IEnumerable<KeyValuePair<string, string>> FormOf(OutboundText text) =>
    [
        new("To", text.To.Value),
        new(text.From.StartsWith("MG", StringComparison.Ordinal) ? "MessagingServiceSid" : "From", text.From),
        new("Body", text.Body),
        new("StatusCallback", text.StatusCallback),
        new("ValidityPeriod", validity.TotalSeconds.ToString(CultureInfo.InvariantCulture)),
        new("ContentRetention", "discard"),
    ];

    /// <summary>What an HTTP answer means. The body may be anything: a proxy's page, nothing, half of it.</summary>
    /// <remarks>
    /// 429 is never carried out and safe to repeat; any other 4xx is final. A 5xx may have been carried out (Twilio has no idempotency key here),
    /// and so may a success whose body cannot be read.
    /// </remarks>
    public static CarrierAnswer Read(HttpStatusCode status, RetryConditionHeaderValue? retryAfter, ReadOnlyMemory<byte> body, DateTimeOffset now) => (int)status switch
    {
        429 => new CarrierAnswer.Busy(Clamp(retryAfter?.Delta ?? retryAfter?.Date - now ?? retryUnlessTold)),
        408 => new CarrierAnswer.Unknown(),
        >= 200 and < 300 => Field(body, "sid") is { ValueKind: JsonValueKind.String } sid && sid.GetString() is { Length: > 0 and <= 64 } value
            ? new CarrierAnswer.Accepted(value)
            : new CarrierAnswer.Unknown(),
        >= 300 and < 500 => new CarrierAnswer.Refused(
            Field(body, "code") is { ValueKind: JsonValueKind.Number } code && code.TryGetInt32(out var number) && number > 0 ? number : (int)status),
        _ => new CarrierAnswer.Unknown(),
    };

    static TimeSpan Clamp(TimeSpan wait) => wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait > longestRetry ? longestRetry : wait;

    static JsonElement? Field(ReadOnlyMemory<byte> body, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var field) ? field.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The carrier answered {Status} for {Delivery}: {Kind}.")]
        internal static partial void NotSettled(ILogger logger, string delivery, int status, string kind);

        [LoggerMessage(Level = LogLevel.Warning, Message = "No connection to the carrier for {Delivery} ({Kind}); it will be handed over again.")]
        internal static partial void NoConnection(ILogger logger, string delivery, HttpRequestError kind);

        [LoggerMessage(Level = LogLevel.Warning, Message = "No answer from the carrier for {Delivery} ({Kind}); a status callback will settle it.")]
        internal static partial void NoAnswer(ILogger logger, string delivery, string kind);
    }
}
