using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Dapper;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Secrets;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Deliveries;

/// <summary>The outbox of texts. A row is written with the turn that causes it and claimed by lease, so that any number of workers may run.</summary>
public sealed class DeliveryStore(Database database, SecretKeys secrets, ConsentStore consents)
{
    static readonly TimeSpan lease = TimeSpan.FromMinutes(1);

    /// <summary>Subject of the wake-up for workers.</summary>
    public const string Signal = "deliveries";

    /// <summary>Queues a text in the caller's transaction; number and body are sealed.</summary>
    public async Task EnqueueAsync(DbTransaction transaction, ConversationId conversation, PhoneNumber to, string body, string purpose, DateTimeOffset now)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        await transaction.Connection!.ExecuteAsync(
            """
            insert into deliveries (id, conversation_id, fingerprint, sealed_number, sealed_body, purpose, state, lease_until, attempts, created_at, updated_at)
            values (@id, @conversation, @fingerprint, @sealedNumber, @sealedBody, @purpose, 'queued', 0, 0, @at, @at)
            """,
            new
            {
                id,
                conversation = conversation.Value,
                fingerprint = secrets.Fingerprint(to),
                sealedNumber = secrets.Seal(to.Value, $"deliveries/{id}/number"),
                sealedBody = secrets.Seal(body, $"deliveries/{id}/body"),
                purpose,
                at = now.ToUnixTimeMilliseconds(),
            },
            transaction);
    }

    /// <summary>
    /// Claims the oldest queued texts and records the attempt, in one transaction that asks consent again. What comes back may be handed to the carrier
    /// once, by the caller alone.
    /// </summary>
    public Task<ImmutableArray<ClaimedDelivery>> ClaimAsync(int most, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        async transaction =>
        {
            var at = now.ToUnixTimeMilliseconds();
            var connection = transaction.Connection!;
            var rows = (await connection.QueryAsync<Row>(
                $"select id, fingerprint, sealed_number, sealed_body from deliveries where state = 'queued' and lease_until <= @at order by created_at limit @most {database.Dialect.ClaimLock}",
                new { at, most },
                transaction)).ToList();
            var claimed = ImmutableArray.CreateBuilder<ClaimedDelivery>();
            foreach (var row in rows)
            {
                var optedOut = await consents.StateOfAsync(transaction, row.Fingerprint) == ConsentState.OptedOut;
                await connection.ExecuteAsync(
                    optedOut
                        ? "update deliveries set state = 'canceled', sealed_body = null, updated_at = @at where id = @id"
                        : "update deliveries set state = 'attempting', attempts = attempts + 1, lease_until = @until, updated_at = @at where id = @id",
                    new { id = row.Id, at, until = now.Add(lease).ToUnixTimeMilliseconds() },
                    transaction);
                if (!optedOut)
                {
                    claimed.Add(new(row.Id, row.Fingerprint, row.SealedNumber, row.SealedBody!));
                }
            }

            return (true, claimed.ToImmutable());
        },
        cancellationToken);

    /// <summary>Back into the outbox, in one statement: the carrier has certainly not taken the text. Nothing happens when a receipt was first.</summary>
    public Task PostponeAsync(string id, DateTimeOffset until, CancellationToken cancellationToken) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync(
            "update deliveries set state = 'queued', lease_until = @until where id = @id and state = 'attempting'",
            new { id, until = until.ToUnixTimeMilliseconds() },
            transaction),
        cancellationToken);

    /// <summary>The number and body of a claimed text.</summary>
    public (PhoneNumber To, string Body) Open(ClaimedDelivery delivery) =>
        (PhoneNumber.TryParse(secrets.Open(delivery.SealedNumber, $"deliveries/{delivery.Id}/number"), out var to) ? to : default,
            secrets.Open(delivery.SealedBody, $"deliveries/{delivery.Id}/body"));

    /// <summary>
    /// Notes what the carrier says, in any order and as often as it says it. The body is wiped when the text is final. A carrier that knows of an
    /// opt-out (<see cref="DeliveryRules.OptedOutAtCarrier"/>) writes the ledger in the same transaction, once: a late repetition must not undo a START.
    /// </summary>
    /// <returns>The state that holds now; null when the id is unknown.</returns>
    public Task<DeliveryState?> RecordAsync(string id, DeliveryState receipt, string? carrierSid, int? errorCode, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync<DeliveryState?>(
            async transaction =>
            {
                var connection = transaction.Connection!;
                var row = await connection.QuerySingleOrDefaultAsync<Row>(
                    $"select id, sealed_number, state from deliveries where id = @id {database.Dialect.RowLock}", new { id }, transaction);
                if (row is null)
                {
                    return (false, null);
                }

                var before = Enum.Parse<DeliveryState>(row.State, ignoreCase: true);
                var state = before.After(receipt);
                var code = before.IsFinal() ? null : errorCode;
                if (code == DeliveryRules.OptedOutAtCarrier
                    && PhoneNumber.TryParse(secrets.Open(row.SealedNumber, $"deliveries/{id}/number"), out var number))
                {
                    var optOut = new Effect.RecordConsent(ConsentState.OptedOut, DeliveryRules.OptedOutAtCarrier.ToString(CultureInfo.InvariantCulture), ConsentMeans.Carrier);
                    await consents.RecordAsync(transaction, number, sender: null, optOut, recordedBy: "carrier", now);
                }

                await connection.ExecuteAsync(
                    """
                    update deliveries set state = @state, carrier_sid = coalesce(carrier_sid, @carrierSid), error_code = coalesce(@code, error_code),
                        sealed_body = case when @final = 1 then null else sealed_body end, updated_at = @at
                    where id = @id
                    """,
                    new { id, state = state.Name(), carrierSid, code, final = state.IsFinal() ? 1 : 0, at = now.ToUnixTimeMilliseconds() },
                    transaction);
                return (true, state);
            },
            cancellationToken);

    sealed record Row
    {
        public string Id { get; init; } = "";

        public string Fingerprint { get; init; } = "";

        public string SealedNumber { get; init; } = "";

        public string? SealedBody { get; init; }

        public string State { get; init; } = "";
    }
}
