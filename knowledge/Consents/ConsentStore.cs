using System.Collections.Immutable;
using System.Data.Common;
using Dapper;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Secrets;

namespace SupportBot.Knowledge.Consents;

/// <summary>One line of the ledger.</summary>
/// <param name="Words">The keyword or words that were understood; redacted.</param>
/// <param name="Sender">Which of our numbers it was said to; null on the web and from the carrier.</param>
public sealed record ConsentEvent(DateTimeOffset At, string State, string Means, string Words, string? Sender, string RecordedBy);

/// <summary>What the ledger holds for a number.</summary>
/// <param name="ProvenAt">When a text last reached the phone; null when none is known to have.</param>
/// <param name="NoTextReason">Why texts do not reach the number; null when nothing speaks against them.</param>
/// <param name="Events">Oldest first.</param>
public sealed record ConsentRecord(ConsentState State, DateTimeOffset? ProvenAt, string? NoTextReason, ImmutableArray<ConsentEvent> Events);

/// <summary>The ledger: what holds for a number at all our senders, and every word that led there.</summary>
public sealed class ConsentStore(SecretKeys secrets)
{
    /// <summary>What holds for a fingerprint, as the transaction sees it.</summary>
    public async Task<ConsentState> StateOfAsync(DbTransaction transaction, string fingerprint) =>
        Parse(await transaction.Connection!.ExecuteScalarAsync<string?>("select state from consents where fingerprint = @fingerprint", new { fingerprint }, transaction));

    /// <summary>The same, and why texts do not reach the contact; null when nothing speaks against them.</summary>
    public async Task<(ConsentState State, string? NoTextReason)> ReachAsync(DbTransaction transaction, string fingerprint)
    {
        var known = await transaction.Connection!.QuerySingleAsync<(string? State, string? Reason)>(
            """
            select (select state from consents where fingerprint = @fingerprint) as state, (select no_text_reason from contacts where fingerprint = @fingerprint) as reason
            """,
            new { fingerprint },
            transaction);
        return (Parse(known.State), known.Reason);
    }

    /// <summary>Whether a contact has opted out, as it is committed.</summary>
    public Task<bool> IsOptedOutAsync(DbConnection connection, string fingerprint) =>
        connection.ExecuteScalarAsync<bool>("select count(*) > 0 from consents where fingerprint = @fingerprint and state = 'opted-out'", new { fingerprint });

    /// <summary>Everything about a number, as the connection sees it.</summary>
    public async Task<ConsentRecord> RecordOfAsync(DbConnection connection, PhoneNumber number)
    {
        var fingerprint = secrets.Fingerprint(number);
        var state = Parse(await connection.ExecuteScalarAsync<string?>("select state from consents where fingerprint = @fingerprint", new { fingerprint }));
        var contact = await connection.QuerySingleOrDefaultAsync<ContactRow>("select no_text_reason, proven_at from contacts where fingerprint = @fingerprint", new { fingerprint });
        var events = await connection.QueryAsync<EventRow>(
            "select at, state, means, words, sender, recorded_by from consent_events where fingerprint = @fingerprint order by sequence", new { fingerprint });
        return new(
            state, contact?.ProvenAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null, contact?.NoTextReason,
            [.. events.Select(row => new ConsentEvent(DateTimeOffset.FromUnixTimeMilliseconds(row.At), row.State, row.Means, row.Words, row.Sender, row.RecordedBy))]);
    }

    /// <summary>Takes the contact's lock: from here to the commit nobody else decides whether a text may go to it.</summary>
    public static Task LockContactAsync(DbTransaction transaction, string fingerprint) => transaction.Connection!.ExecuteAsync(

        // An update locks the row on both engines, and waits for whoever is recording an attempt for this contact.
        "insert into contacts (fingerprint) values (@fingerprint) on conflict (fingerprint) do update set fingerprint = excluded.fingerprint",
        new { fingerprint },
        transaction);

    /// <summary>Records a change; opting out cancels the texts that wait for this number, in the same transaction.</summary>
    public async Task RecordAsync(
        DbTransaction transaction, PhoneNumber number, PhoneNumber? sender, Effect.RecordConsent consent, string recordedBy, DateTimeOffset now)
    {
        var fingerprint = secrets.Fingerprint(number);
        var at = now.ToUnixTimeMilliseconds();
        var state = consent.State == ConsentState.OptedOut ? "opted-out" : "opted-in";
        var connection = transaction.Connection!;

        await LockContactAsync(transaction, fingerprint);
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
            var canceled = (await connection.QueryAsync<string>(
                """
                update deliveries set state = 'canceled', sealed_body = null, reason = @reason, deadline_at = null, updated_at = @at,
                    plan = case when passcode_id is null then 0 else 1 end
                where fingerprint = @fingerprint and channel = 'text' and state = 'queued' returning id
                """,
                new { fingerprint, at, reason = DeliveryReasons.OptedOut },
                transaction)).ToList();
            foreach (var id in canceled)
            {
                await connection.ExecuteAsync(
                    "insert into delivery_events (delivery_id, state, reason, at) values (@id, 'canceled', @reason, @at) on conflict (delivery_id, state) do nothing",
                    new { id, reason = DeliveryReasons.OptedOut, at },
                    transaction);
            }
        }
    }

    static ConsentState Parse(string? state) => state switch
    {
        "opted-out" => ConsentState.OptedOut,
        "opted-in" => ConsentState.OptedIn,
        _ => ConsentState.Unknown,
    };

    sealed record ContactRow
    {
        public string? NoTextReason { get; init; }

        public long? ProvenAt { get; init; }
    }

    sealed record EventRow
    {
        public long At { get; init; }

        public string State { get; init; } = "";

        public string Means { get; init; } = "";

        public string Words { get; init; } = "";

        public string? Sender { get; init; }

        public string RecordedBy { get; init; } = "";
    }
}
