using System.Collections.Frozen;
using System.Globalization;
using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Signals;

namespace SupportBot.Ivr.Deliveries;

/// <summary>What a word of the carrier means for a delivery.</summary>
/// <param name="Reason">Where the word itself tells why; null otherwise.</param>
public readonly record struct CarrierReceipt(DeliveryState State, string? Reason = null);

/// <summary>What the carrier reports about a text or call: <c>/twilio/deliveries/{attempt}/status</c>.</summary>
public static class DeliveriesApi
{
    /// <summary>Twilio's MessageStatus and CallStatus → our states. Words for inbound messages mean nothing here.</summary>
    /// <remarks>A call that was completed has delivered its code only if a key was pressed, which is recorded when the code is read.</remarks>
    public static FrozenDictionary<string, CarrierReceipt> StatusWords { get; } = new Dictionary<string, CarrierReceipt>(StringComparer.Ordinal)
    {
        ["accepted"] = new(DeliveryState.Sent),
        ["scheduled"] = new(DeliveryState.Sent),
        ["queued"] = new(DeliveryState.Sent),
        ["sending"] = new(DeliveryState.Sent),
        ["sent"] = new(DeliveryState.Sent),
        ["delivered"] = new(DeliveryState.Delivered),
        ["partially_delivered"] = new(DeliveryState.Delivered),
        ["read"] = new(DeliveryState.Delivered),
        ["undelivered"] = new(DeliveryState.Undeliverable),
        ["failed"] = new(DeliveryState.Undeliverable),
        ["canceled"] = new(DeliveryState.Undeliverable),
        ["initiated"] = new(DeliveryState.Sent),
        ["ringing"] = new(DeliveryState.Sent),
        ["in-progress"] = new(DeliveryState.Sent),
        ["completed"] = new(DeliveryState.Undeliverable, DeliveryReasons.NotHeard),
        ["busy"] = new(DeliveryState.Undeliverable, DeliveryReasons.Busy),
        ["no-answer"] = new(DeliveryState.Undeliverable, DeliveryReasons.NoAnswer),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Null for a word that means nothing here.</summary>
    public static CarrierReceipt? ReceiptOf(string word) => StatusWords.TryGetValue(word, out var receipt) ? receipt : null;

    public static void MapDeliveries(this RouteGroupBuilder twilio) => twilio.MapPost("/deliveries/{attempt}/status", RecordAsync);

    static async Task<IResult> RecordAsync(HttpContext http, string attempt, DeliveryStore deliveries, ISignals signals, TimeProvider time)
    {
        var form = TwilioWebhook.FormOf(http);
        if (ReceiptOf(form.FirstOf("MessageStatus", "SmsStatus", "CallStatus")) is { } receipt)
        {
            int? errorCode = int.TryParse(form["ErrorCode"], NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code > 0 ? code : null;
            var sid = form.FirstOf("MessageSid", "SmsSid", "CallSid") is { Length: > 0 and <= 64 } given ? given : null;
            var state = await deliveries.RecordAsync(attempt, receipt.State, sid, errorCode, time.GetUtcNow(), http.RequestAborted, receipt.Reason);
            if (state == DeliveryState.Undeliverable)
            {
                signals.Raise(DeliveryPlanner.Signal);
            }
        }

        return Twiml.Answer(Twiml.Empty);
    }
}
