using System.Collections.Immutable;

namespace SupportBot.Knowledge.Deliveries;

/// <summary>What is known about the ways to a person when the next one is chosen.</summary>
/// <param name="OptedOut">No text may go to the number.</param>
/// <param name="NoTextReason">Why texts do not reach the number (a landline, say); null when nothing speaks against them.</param>
/// <param name="Out">Channels whose carrier fails at present.</param>
public sealed record DeliveryOutlook(bool OptedOut, string? NoTextReason, ImmutableHashSet<DeliveryChannel> Out);

/// <summary>A channel that was passed over.</summary>
/// <param name="Reason">One of <see cref="DeliveryReasons"/>.</param>
public readonly record struct SkippedChannel(DeliveryChannel Channel, string Reason);

/// <summary>The next way to a person.</summary>
/// <param name="Channel">Null when there is none left.</param>
/// <param name="Skipped">What was passed over on the way there.</param>
public sealed record DeliveryPlan(DeliveryChannel? Channel, ImmutableArray<SkippedChannel> Skipped)
{
    /// <summary>The first channel that is left and allowed, each at most once. A channel that is out comes last: late is better than never.</summary>
    /// <param name="wanted">In the order of preference.</param>
    /// <param name="used">Tried or passed over before, for this code.</param>
    public static DeliveryPlan Next(ImmutableArray<DeliveryChannel> wanted, IReadOnlyCollection<DeliveryChannel> used, DeliveryOutlook outlook)
    {
        var skipped = ImmutableArray.CreateBuilder<SkippedChannel>();
        DeliveryChannel? late = null;
        foreach (var channel in wanted.Where(channel => !used.Contains(channel)))
        {
            if (channel == DeliveryChannel.Text && outlook.OptedOut)
            {
                skipped.Add(new(channel, DeliveryReasons.OptedOut));
            }
            else if (channel == DeliveryChannel.Text && outlook.NoTextReason is { } reason)
            {
                skipped.Add(new(channel, reason));
            }
            else if (outlook.Out.Contains(channel))
            {
                late ??= channel;
            }
            else
            {
                return new(channel, skipped.ToImmutable());
            }
        }

        return new(late, skipped.ToImmutable());
    }
}

/// <summary>Why a delivery is where it is, in the timeline of the API; each has an advice in <c>prompts/</c>, key <c>advice-…</c>.</summary>
public static class DeliveryReasons
{
    public const string OptedOut = "opted-out";
    public const string TakesNoTexts = "takes-no-texts";
    public const string Unreachable = "unreachable";
    public const string UnknownNumber = "unknown-number";
    public const string Blocked = "blocked";
    public const string Country = "country";
    public const string Filtered = "filtered";
    public const string Busy = "busy";
    public const string NoAnswer = "no-answer";
    public const string NotHeard = "not-heard";
    public const string Unconfirmed = "unconfirmed";
    public const string CarrierTrouble = "carrier-trouble";
    public const string AddressRefused = "address-refused";

    /// <summary>The code ended first; not a fault of the delivery, so there is no advice.</summary>
    public const string Expired = "expired";
    public const string Replaced = "replaced";
    public const string Ended = "ended";

    /// <summary>The person said that they never asked for the code.</summary>
    public const string NotAsked = "not-asked";

    /// <summary>Those that a person can be advised on.</summary>
    public static ImmutableArray<string> Advised { get; } =
    [
        OptedOut, TakesNoTexts, Unreachable, UnknownNumber, Blocked, Country, Filtered, Busy, NoAnswer, NotHeard, Unconfirmed, CarrierTrouble, AddressRefused,
    ];
}
