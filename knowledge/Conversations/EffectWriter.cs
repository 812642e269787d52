using System.Collections.Immutable;
using System.Data.Common;
using System.Diagnostics;
using Dapper;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Passcodes;

namespace SupportBot.Knowledge.Conversations;

/// <summary>Turns effects into rows, in the transaction of the turn.</summary>
public sealed class EffectWriter(ConsentStore consents, EscalationStore escalations, DeliveryStore deliveries, PasscodeStore passcodes)
{
    /// <summary>Writes all effects, or says why the turn must be retaken.</summary>
    /// <param name="away">Channels that fail at present.</param>
    public async Task<EffectOutcome> WriteAsync(
        DbTransaction transaction, Turn turn, PhoneNumber? contact, PhoneNumber? ours, ImmutableHashSet<DeliveryChannel> away, DateTimeOffset now)
    {
        foreach (var effect in turn.Effects)
        {
            switch (effect)
            {
                case Effect.RecordConsent consent when contact is { } number:
                    await consents.RecordAsync(transaction, number, ours, consent, recordedBy: "person", now);
                    break;
                case Effect.RecordConsent:
                    break;
                case Effect.OpenEscalation escalation:
                    if (!await escalations.OpenAsync(transaction, escalation, turn.State, contact, now))
                    {
                        return new EffectOutcome.Retake();
                    }

                    break;
                case Effect.UpdateEscalation updated:
                    await escalations.UpdateAsync(transaction, updated);
                    break;
                case Effect.RecordWrongProof wrong:
                    await escalations.RecordWrongProofAsync(transaction, wrong.Reference);
                    break;
                case Effect.JoinEscalation joined:
                    await escalations.JoinAsync(transaction, joined.Reference, turn.State.Id, now);
                    break;
                case Effect.SendText text when contact is { } number:
                    await deliveries.EnqueueAsync(transaction, turn.State.Id, number, text.Body, purpose: "answer", now);
                    break;
                case Effect.SendText:
                    break;
                case Effect.SendCodeAgain again:
                    var notBefore = again.After > TimeSpan.Zero ? now + again.After : (DateTimeOffset?)null;
                    switch (await passcodes.ResendAsync(transaction, again.Passcode, again.Way, away, turn.State.Id.Value, notBefore, now))
                    {
                        case ResendOutcome.Resent:
                            break;
                        case ResendOutcome.Limited limited:
                            return new EffectOutcome.CodeRefused(limited.Limit.Name == PasscodeStore.MostResendsLimit ? null : limited.Limit.RetryAfter);
                        case ResendOutcome.Unknown or ResendOutcome.Ended or ResendOutcome.NotThere:
                            return new EffectOutcome.CodeRefused(null);
                        default:
                            throw new UnreachableException();
                    }

                    break;
                case Effect.DisavowCode disavowed:
                    await passcodes.DisavowAsync(transaction, disavowed.Passcode, now);
                    break;
                case Effect.RecordFeedback feedback:
                    await transaction.Connection!.ExecuteAsync(
                        "insert into feedback (conversation_id, sequence, slug, helped, at) values (@id, @sequence, @slug, @helped, @at)",
                        new
                        {
                            id = turn.State.Id.Value,
                            sequence = turn.State.Entries,
                            slug = feedback.Slug,
                            helped = feedback.Helped ? 1 : 0,
                            at = now.ToUnixTimeMilliseconds(),
                        },
                        transaction);
                    break;
                default:
                    throw new UnreachableException();
            }
        }

        return new EffectOutcome.Written();
    }
}

/// <summary>What came of writing effects.</summary>
public abstract record EffectOutcome
{
    EffectOutcome()
    {
    }

    public sealed record Written : EffectOutcome;

    /// <summary>The turn is retaken as it was: a fresh case reference was taken already.</summary>
    public sealed record Retake : EffectOutcome;

    /// <summary>The turn is retaken knowing that the code cannot go out now.</summary>
    /// <param name="Wait">Until it can; null when it cannot any more.</param>
    public sealed record CodeRefused(TimeSpan? Wait) : EffectOutcome;
}
