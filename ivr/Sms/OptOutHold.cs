using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Signals;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Ivr.Sms;

/// <summary>
/// Holds the answer to a STOP until the texts that were on their way before it are with the carrier, so that nothing reaches the person after our
/// confirmation. The order itself is the database's: see <see cref="DeliveryStore"/>.
/// </summary>
public sealed class OptOutHold(Database database, ConsentStore consents, ISignals signals, TimeProvider time)
{
    static readonly TimeSpan longest = TimeSpan.FromSeconds(5);
    static readonly TimeSpan look = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns at once unless the contact has opted out and a worker has a text to them in hand; after five seconds in any case.</summary>
    public async Task WaitAsync(string fingerprint, CancellationToken cancellationToken)
    {
        // A code that waited as a text goes another way.
        signals.Raise(DeliveryPlanner.Signal);
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < longest)
        {
            var settled = signals.NextAsync(DeliveryStore.SettledSignal(fingerprint));
            if (!await IsHeldAsync(fingerprint, cancellationToken))
            {
                return;
            }

            await Task.WhenAny(settled, Task.Delay(look, time, cancellationToken));
        }
    }

    Task<bool> IsHeldAsync(string fingerprint, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => await DeliveryStore.IsInHandAsync(connection, fingerprint) && await consents.IsOptedOutAsync(connection, fingerprint), cancellationToken);
}
