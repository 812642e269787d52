using System.Collections.Immutable;
using SupportBot.Knowledge.Deliveries;

namespace SupportBot.Knowledge.Passcodes;

/// <summary>The latest code for a person's own contact, as they may hear of it: never the code.</summary>
/// <param name="Id">For sending it again and for taking it back.</param>
/// <param name="State">As it holds now.</param>
/// <param name="SiteHost">Domain of the page that it is typed into; empty when it only goes by call or mail.</param>
/// <param name="Ago">Since it was last sent.</param>
/// <param name="Left">Until it expires; not above zero when it has.</param>
/// <param name="Way">How it was last sent.</param>
/// <param name="Delivery">What became of that.</param>
/// <param name="Reason">One of <see cref="DeliveryReasons"/>; null where nothing needs explaining.</param>
/// <param name="Ways">How it may be sent again: allowed, possible, consented to, not failing at present; the wanted first. Empty when it has ended.</param>
/// <param name="Wait">Until it may be sent again; null when it may not any more.</param>
/// <param name="CallQueue">How long a call waits for a line.</param>
public sealed record CodeOnFile(
    string Id, PasscodeKind Kind, PasscodeState State, string SiteHost, TimeSpan Ago, TimeSpan Left, DeliveryChannel Way, DeliveryState Delivery, string? Reason,
    ImmutableArray<DeliveryChannel> Ways, TimeSpan? Wait, TimeSpan CallQueue = default)
{
    public bool IsLive => State == PasscodeState.Live;

    /// <summary>How it may be sent again at once.</summary>
    public ImmutableArray<DeliveryChannel> WaysNow => IsLive && Wait == TimeSpan.Zero ? Ways : [];
}
