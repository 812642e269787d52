using System.Data.Common;
using System.Diagnostics;
using Dapper;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Escalations;

namespace SupportBot.Knowledge.Conversations;

/// <summary>Turns effects into rows, in the transaction of the turn.</summary>
public sealed class EffectWriter(ConsentStore consents, EscalationStore escalations, DeliveryStore deliveries)
{
    /// <summary>Writes all effects. False when a fresh case reference was taken already: the turn is retaken with another.</summary>
    public async Task<bool> WriteAsync(DbTransaction transaction, Turn turn, PhoneNumber? contact, PhoneNumber? ours, DateTimeOffset now)
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
                        return false;
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

        return true;
    }
}
