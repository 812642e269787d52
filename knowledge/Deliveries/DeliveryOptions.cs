using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;

namespace SupportBot.Knowledge.Deliveries;

/// <summary>How long deliveries are given, and when a carrier counts as out. Section <c>Deliveries</c>.</summary>
public sealed class DeliveryOptions
{
    public const string Section = "Deliveries";

    /// <summary>A text without a receipt after this long is followed by the next channel. Half of all texts arrive within seconds; a security code lives ten minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan TextDeadline { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>As <see cref="TextDeadline"/>, for a call: ringing, listening and pressing a key take longer.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan CallDeadline { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>As <see cref="TextDeadline"/>, for an e-mail that the mail server neither took nor refused.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan EmailDeadline { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>An attempt that its worker has not settled by then is unknown. Longer than the carrier's client waits for an answer.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan AnswerLease { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How often the carrier is asked about an unknown attempt.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LookUpEvery { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Calls handed to the carrier per second, over all processes (Twilio's default for an account: 1).</summary>
    [Range(0.01, 100)]
    public double CallsPerSecond { get; set; } = 1;

    /// <summary>Channels switched off by hand, parted by commas: what is offered and planned goes around them while there is another way.</summary>
    public string Outage { get; set; } = "";

    /// <summary>Share of attempts that the carrier failed (not the person's phone) from which a channel counts as out.</summary>
    [Range(0.01, 1)]
    public double OutageShare { get; set; } = 0.5;

    /// <summary>Fewer attempts than this tell nothing.</summary>
    [Range(1, 1_000_000)]
    public int OutageFewest { get; set; } = 20;

    /// <summary>Attempts older than this no longer count.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan OutageWindow { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary><see cref="Outage"/>, read.</summary>
    public ImmutableHashSet<DeliveryChannel> SwitchedOff =>
        [.. Outage.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(DeliveryChannels.Parse).OfType<DeliveryChannel>()];

    internal bool IsOutageRead => Outage.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).All(word => DeliveryChannels.Parse(word) is not null);

    /// <summary>Null: no deadline.</summary>
    public TimeSpan? DeadlineOf(DeliveryChannel channel) => channel switch
    {
        DeliveryChannel.Text => TextDeadline,
        DeliveryChannel.Call => CallDeadline,
        DeliveryChannel.Email => EmailDeadline,
        DeliveryChannel.Mail => null,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
