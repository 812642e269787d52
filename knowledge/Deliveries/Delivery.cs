using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Passcodes;

namespace SupportBot.Knowledge.Deliveries;

/// <summary>Where a delivery is. Ranks only rise; final states stay.</summary>
public enum DeliveryState
{
    /// <summary>Waits for a worker, or for the print batch.</summary>
    Queued,

    /// <summary>A worker has recorded the attempt; the carrier may or may not have it.</summary>
    Attempting,

    /// <summary>The attempt was not answered. A status callback or a look-up settles it; it is never made again.</summary>
    Unknown,

    /// <summary>The carrier has it.</summary>
    Sent,

    /// <summary>On the phone; or, for a call, the code was read to somebody who pressed a key.</summary>
    Delivered,

    /// <summary>It will not arrive.</summary>
    Undeliverable,

    /// <summary>Not sent: the person opted out first, or what it carries ended.</summary>
    Canceled,
}

/// <summary>The rules of a delivery.</summary>
public static class DeliveryRules
{
    public static bool IsFinal(this DeliveryState state) => state is DeliveryState.Delivered or DeliveryState.Undeliverable or DeliveryState.Canceled;

    /// <summary>The state after a receipt, in whatever order receipts come: never back, never out of a final state.</summary>
    public static DeliveryState After(this DeliveryState state, DeliveryState receipt) => state.IsFinal() || receipt <= state ? state : receipt;

    /// <summary>The name in rows.</summary>
    public static string Name(this DeliveryState state) => state.ToString().ToLowerInvariant();
}

/// <summary>A delivery claimed by a worker, with the attempt that was recorded for it.</summary>
/// <param name="Id">The row.</param>
/// <param name="Attempt">In the path of the status callback, and the name under which the outcome is recorded.</param>
/// <param name="Fingerprint">Of the destination: keeps the order for one person.</param>
/// <param name="Channel">How it goes out.</param>
/// <param name="SealedTo">The destination: a number, an e-mail address, or a postal address.</param>
/// <param name="SealedBody">The words of a text that carries no code; null otherwise.</param>
/// <param name="LifeUntil">When what it carries ends; null when it does not.</param>
/// <param name="StartedAt">When the attempt was recorded.</param>
/// <param name="Code">The code that it carries; null for other texts.</param>
public sealed record ClaimedDelivery(
    string Id, string Attempt, string Fingerprint, DeliveryChannel Channel, string SealedTo, string? SealedBody, DateTimeOffset? LifeUntil, DateTimeOffset StartedAt,
    SealedPasscode? Code);

/// <summary>What is handed to a carrier.</summary>
public abstract record Outbound
{
    Outbound()
    {
    }

    /// <summary>A text, in GSM-7.</summary>
    public sealed record Text(PhoneNumber To, string Body) : Outbound;

    /// <summary>A call. What it says is asked for when it is answered.</summary>
    public sealed record Call(PhoneNumber To) : Outbound;

    /// <summary>An e-mail in plain text.</summary>
    public sealed record Email(string To, string Subject, string Body) : Outbound;

    /// <summary>A letter in plain text with a blank line between paragraphs.</summary>
    public sealed record Letter(PostalAddress To, string Code, string Body) : Outbound;
}
