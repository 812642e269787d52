using System.Collections.Frozen;
using System.Globalization;
using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Deliveries;

namespace SupportBot.Ivr.Deliveries;

/// <summary>What the carrier reports about a text: <c>/twilio/deliveries/{id}/status</c>.</summary>
public static class DeliveriesApi
{
    /// <summary>Twilio's MessageStatus → our states. Words for inbound messages mean nothing here.</summary>
    public static FrozenDictionary<string, DeliveryState> StatusWords { get; } = new Dictionary<string, DeliveryState>(StringComparer.Ordinal)
    {
        ["accepted"] = DeliveryState.Sent,
        ["scheduled"] = DeliveryState.Sent,
        ["queued"] = DeliveryState.Sent,
        ["sending"] = DeliveryState.Sent,
        ["sent"] = DeliveryState.Sent,
        ["delivered"] = DeliveryState.Delivered,
        ["partially_delivered"] = DeliveryState.Delivered,
        ["read"] = DeliveryState.Delivered,
        ["undelivered"] = DeliveryState.Undeliverable,
        ["failed"] = DeliveryState.Undeliverable,
        ["canceled"] = DeliveryState.Undeliverable,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static void MapDeliveries(this RouteGroupBuilder twilio) => twilio.MapPost("/deliveries/{id}/status", RecordAsync);

    static async Task<IResult> RecordAsync(HttpContext http, string id, DeliveryStore deliveries, TimeProvider time)
    {
        var form = TwilioWebhook.FormOf(http);
        if (StatusWords.TryGetValue(form.FirstOf("MessageStatus", "SmsStatus"), out var state))
        {
            int? errorCode = int.TryParse(form["ErrorCode"], NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code > 0 ? code : null;
            var sid = form.FirstOf("MessageSid", "SmsSid") is { Length: > 0 and <= 64 } given ? given : null;
            await deliveries.RecordAsync(id, state, sid, errorCode, time.GetUtcNow(), http.RequestAborted);
        }

        return Twiml.Answer(Twiml.Empty);
    }
}
