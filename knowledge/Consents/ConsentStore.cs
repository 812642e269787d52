using System.Data.Common;
using Dapper;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Secrets;

namespace SupportBot.Knowledge.Consents;

/// <summary>The ledger: what holds for a number, and every word that led there.</summary>
public sealed class ConsentStore(SecretKeys secrets)
{
    /// <summary>What holds for a fingerprint, as the transaction sees it.</summary>
    public async Task<ConsentState> StateOfAsync(DbTransaction transaction, string fingerprint) =>
        await transaction.Connection!.ExecuteScalarAsync<string?>("select state from consents where fingerprint = @fingerprint", new { fingerprint }, transaction) switch
        {
            "opted-out" => ConsentState.OptedOut,
            "opted-in" => ConsentState.OptedIn,
            _ => ConsentState.Unknown,
        };

    /// <summary>Records a change; opting out cancels the texts that wait for this number, in the same transaction.</summary>
    public async Task RecordAsync(
        DbTransaction transaction, PhoneNumber number, PhoneNumber? sender, Effect.RecordConsent consent, string recordedBy, DateTimeOffset now)
    {
        var fingerprint = secrets.Fingerprint(number);
        var at = now.ToUnixTimeMilliseconds();
        var state = consent.State == ConsentState.OptedOut ? "opted-out" : "opted-in";
        var connection = transaction.Connection!;
        await connection.ExecuteAsync(
            """
            insert into consents (fingerprint, sealed_number, state, at) values (@fingerprint, @sealedNumber, @state, @at)
            on conflict (fingerprint) do update set state = excluded.state, at = excluded.at
            """,
            new { fingerprint, sealedNumber = secrets.Seal(number.Value, $"consents/{fingerprint}"), state, at },
            transaction);
        await connection.ExecuteAsync(
            """
            insert into consent_events (fingerprint, at, sequence, state, means, words, sender, recorded_by)
            select @fingerprint, @at, coalesce(max(sequence), 0) + 1, @state, @means, @words, @sender, @recordedBy from consent_events where fingerprint = @fingerprint
            """,
            new { fingerprint, at, state, means = consent.Means.ToString().ToLowerInvariant(), words = consent.Words, sender = sender?.Value, recordedBy },
            transaction);
        if (consent.State == ConsentState.OptedOut)
        {
            await connection.ExecuteAsync(
                "update deliveries set state = 'canceled', sealed_body = null, updated_at = @at where fingerprint = @fingerprint and state = 'queued'",
                new { fingerprint, at },
                transaction);
        }
    }
}
