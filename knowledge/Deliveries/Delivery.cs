namespace SupportBot.Knowledge.Deliveries;

/// <summary>Where a text is. Ranks only rise; final states stay.</summary>
public enum DeliveryState
{
    /// <summary>Waits for a worker.</summary>
    Queued,

    /// <summary>A worker has recorded the attempt; the carrier may or may not have it.</summary>
    Attempting,

    /// <summary>The carrier has it.</summary>
    Sent,

    /// <summary>On the phone.</summary>
    Delivered,

    /// <summary>It will not arrive.</summary>
    Undeliverable,

    /// <summary>Not sent: the person opted out first.</summary>
    Canceled,
}

/// <summary>The rules of a delivery.</summary>
public static class DeliveryRules
{
    /// <summary>The carrier blocks texts to a person who has opted out there (Twilio error 21610).</summary>
    public const int OptedOutAtCarrier = 21610;

    public static bool IsFinal(this DeliveryState state) => state is DeliveryState.Delivered or DeliveryState.Undeliverable or DeliveryState.Canceled;

    /// <summary>The state after a receipt, in whatever order receipts come: never back, never out of a final state.</summary>
    public static DeliveryState After(this DeliveryState state, DeliveryState receipt) => state.IsFinal() || receipt <= state ? state : receipt;

    /// <summary>The name in rows.</summary>
    public static string Name(this DeliveryState state) => state.ToString().ToLowerInvariant();
}

/// <summary>A text claimed by a worker.</summary>
/// <param name="Id">Also in the path of the status callback.</param>
public sealed record ClaimedDelivery(string Id, string Fingerprint, string SealedNumber, string SealedBody);
