using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Deliveries;

namespace SupportBot.Ivr.Carriers;

/// <summary>Twilio's REST API, version 2010-04-01.</summary>
public sealed partial class TwilioCarrier(IHttpClientFactory clients, IOptions<TwilioOptions> options, TimeProvider time, ILogger<TwilioCarrier> logger) : ICarrier
{
    /// <summary>Name of the HTTP client.</summary>
    public const string Client = "twilio";

    /// <summary>The longest that Twilio takes (Messages resource, <c>ValidityPeriod</c>).</summary>
    const int MostValiditySeconds = 36_000;

    const int RingSeconds = 30;

    /// <summary>Reading a code twice and five times again takes less.</summary>
    const int LongestCallSeconds = 300;

    /// <summary>What an attempt is looked up with may differ from our clock by this much.</summary>
    static readonly TimeSpan clockDifference = TimeSpan.FromMinutes(1);

    static readonly TimeSpan retryUnlessTold = TimeSpan.FromSeconds(5);
    static readonly TimeSpan longestRetry = TimeSpan.FromMinutes(5);

    public Task<CarrierAnswer> SendTextAsync(OutboundText text, CancellationToken cancellationToken) => CreateAsync("Messages.json", text.Attempt, FormOf(text), cancellationToken);

    public Task<CarrierAnswer> PlaceCallAsync(OutboundCall call, CancellationToken cancellationToken) => CreateAsync("Calls.json", call.Attempt, FormOf(call), cancellationToken);

    /// <remarks>Messages and Calls resources, list: both take the number and a day; the minute is picked here.</remarks>
    public async Task<ImmutableArray<CarrierFinding>?> LookUpAsync(LookUp attempt, CancellationToken cancellationToken)
    {
        var isText = attempt.Channel == DeliveryChannel.Text;
        var (from, until) = (attempt.StartedAt - clockDifference, attempt.StartedAt + clockDifference * 2);
        var day = from.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        using var request = Request(HttpMethod.Get, $"{(isText ? "Messages" : "Calls")}.json?To={Uri.EscapeDataString(attempt.To.Value)}&{(isText ? "DateSent" : "StartTime")}%3E={day}&PageSize=50");
        try
        {
            using var response = await clients.CreateClient(Client).SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                return null;
            }

            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty(isText ? "messages" : "calls", out var list) || list.ValueKind != JsonValueKind.Array)
            {
                return null;
            }

            return [.. list.EnumerateArray()
                .Where(item => item.ValueKind == JsonValueKind.Object && Text(item, "to") == attempt.To.Value && Text(item, "direction").StartsWith("outbound", StringComparison.Ordinal))
                .Select(item => (At: DateTimeOffset.TryParse(Text(item, "date_created"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : (DateTimeOffset?)null, Item: item))
                .Where(found => found.At >= from && found.At <= until)
                .OrderBy(found => found.At)
                .Select(found => new CarrierFinding(
                    Text(found.Item, "sid"), Text(found.Item, "status"),
                    found.Item.TryGetProperty("error_code", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number) ? number : null))
                .Where(found => found.Sid.Length is > 0 and <= 64)];
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Log.NoAnswer(logger, attempt.Attempt, exception.GetType().Name);
            return null;
        }
    }

    async Task<CarrierAnswer> CreateAsync(string resource, string attempt, IEnumerable<KeyValuePair<string, string>> form, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Post, resource);
        request.Content = new FormUrlEncodedContent(form);
        try
        {
            using var response = await clients.CreateClient(Client).SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            var answer = Read(response.StatusCode, response.Headers.RetryAfter, body, time.GetUtcNow());
            if (answer is CarrierAnswer.Busy or CarrierAnswer.Unknown)
            {
                Log.NotSettled(logger, attempt, (int)response.StatusCode, answer.GetType().Name);
            }

            return answer;
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError
            is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError)
        {
            // Nothing was sent yet.
            Log.NoConnection(logger, attempt, exception.HttpRequestError);
            return new CarrierAnswer.Busy(retryUnlessTold);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Log.NoAnswer(logger, attempt, exception.GetType().Name);
            return new CarrierAnswer.Unknown();
        }
    }

    HttpRequestMessage Request(HttpMethod method, string resource)
    {
        var account = options.Value;
        var request = new HttpRequestMessage(method, $"{account.ApiBaseUrl.TrimEnd('/')}/2010-04-01/Accounts/{Uri.EscapeDataString(account.AccountSid)}/{resource}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));

        // During a rotation the setting lists several tokens; the first is ours.
        var password = account.AuthToken.Split(',', StringSplitOptions.TrimEntries)[0];
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{account.AccountSid}:{password}")));
        return request;
    }

    /// <summary>The parameters of Message create. <c>ContentRetention</c> exists for messages only, and asks Twilio to forget the words once sent.</summary>
    public static IEnumerable<KeyValuePair<string, string>> FormOf(OutboundText text) =>
    [
        new("To", text.To.Value),
        new(text.From.StartsWith("MG", StringComparison.Ordinal) ? "MessagingServiceSid" : "From", text.From),
        new("Body", text.Body),
        new("StatusCallback", text.StatusCallback),
        new("ValidityPeriod", Math.Clamp((int)text.Validity.TotalSeconds, 1, MostValiditySeconds).ToString(CultureInfo.InvariantCulture)),
        new("ContentRetention", "discard"),
    ];

    /// <summary>The parameters of Call create. Twilio listens for a machine first and says what it heard (<c>AnsweredBy</c>) when it asks what to say.</summary>
    public static IEnumerable<KeyValuePair<string, string>> FormOf(OutboundCall call) =>
    [
        new("To", call.To.Value),
        new("From", call.From),
        new("Url", call.Url),
        new("Method", "POST"),
        new("FallbackUrl", call.FallbackUrl),
        new("FallbackMethod", "POST"),
        new("StatusCallback", call.StatusCallback),
        new("StatusCallbackMethod", "POST"),
        new("StatusCallbackEvent", "ringing"),
        new("StatusCallbackEvent", "answered"),
        new("StatusCallbackEvent", "completed"),
        new("MachineDetection", "Enable"),
        new("Timeout", RingSeconds.ToString(CultureInfo.InvariantCulture)),
        new("TimeLimit", LongestCallSeconds.ToString(CultureInfo.InvariantCulture)),
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

    static string Text(JsonElement item, string name) => item.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.String ? field.GetString()! : "";

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
