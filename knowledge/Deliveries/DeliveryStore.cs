using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Secrets;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Deliveries;

/// <summary>The outbox. A row is written with what causes it and claimed by lease, so that any number of workers may run.</summary>
/// <remarks>
/// Locks are taken in one order everywhere: account, passcode, contact, delivery. The contact's row is what puts STOP and attempts in order: whoever holds
/// it decides alone, so once a STOP is committed no attempt for that contact can be.
/// </remarks>
public sealed class DeliveryStore(Database database, SecretKeys secrets, ConsentStore consents, IOptions<DeliveryOptions> options)
{
    const string CallPace = "call";
    const int ClaimTries = 4;

    /// <summary>An answer that is still in the carrier's queue after this long is no use to the person who asked for it.</summary>
    static readonly TimeSpan answerLife = TimeSpan.FromHours(4);

    /// <summary>Subject of the wake-up for workers.</summary>
    public const string Signal = "deliveries";

    /// <summary>Subject of the wake-up for those who wait until nothing is in hand for a contact.</summary>
    public static string SettledSignal(string fingerprint) => $"settled/{fingerprint}";

    /// <summary>Queues a text in the caller's transaction; number and body are sealed.</summary>
    /// <param name="purpose">Shown to staff: answer, reminder, notice.</param>
    public async Task EnqueueAsync(DbTransaction transaction, ConversationId conversation, PhoneNumber to, string body, string purpose, DateTimeOffset now)
    {
        var id = NewId();
        var fingerprint = secrets.Fingerprint(to);
        await KnowContactAsync(transaction, fingerprint);
        await transaction.Connection!.ExecuteAsync(
            """
            insert into deliveries
                (id, conversation_id, fingerprint, sealed_number, sealed_body, purpose, state, lease_until, attempts, created_at, updated_at, channel, life_until)
            values (@id, @conversation, @fingerprint, @sealedNumber, @sealedBody, @purpose, 'queued', 0, 0, @at, @at, 'text', @lifeUntil)
            """,
            new
            {
                id,
                conversation = conversation.Value,
                fingerprint,
                sealedNumber = secrets.Seal(to.Value, $"deliveries/{id}/number"),
                sealedBody = secrets.Seal(body, $"deliveries/{id}/body"),
                purpose,
                at = now.ToUnixTimeMilliseconds(),
                lifeUntil = now.Add(answerLife).ToUnixTimeMilliseconds(),
            },
            transaction);
    }

    /// <summary>
    /// Adds what a plan says for a code, in the caller's transaction that holds the passcode: the channels passed over, and the one to try now. The code
    /// itself stays with the passcode.
    /// </summary>
    /// <param name="before">Deliveries that the passcode has had.</param>
    /// <param name="notBefore">When it may go out; null: now.</param>
    public async Task EnqueueCodeAsync(
        DbTransaction transaction, Passcode passcode, PasscodeContact contact, DeliveryPlan plan, int before, DateTimeOffset now, DateTimeOffset? notBefore = null)
    {
        var number = before;
        foreach (var skipped in plan.Skipped)
        {
            await AddAsync(transaction, passcode, contact, skipped.Channel, ++number, DeliveryState.Undeliverable, skipped.Reason, now, notBefore: null);
        }

        if (plan.Channel is { } channel)
        {
            await AddAsync(transaction, passcode, contact, channel, number + 1, DeliveryState.Queued, reason: null, now, notBefore);
        }
    }

    async Task AddAsync(
        DbTransaction transaction, Passcode passcode, PasscodeContact contact, DeliveryChannel channel, int number, DeliveryState state, string? reason, DateTimeOffset now,
        DateTimeOffset? notBefore)
    {
        var id = NewId();
        var fingerprint = contact.FingerprintOf(channel, secrets);
        await KnowContactAsync(transaction, fingerprint);
        await transaction.Connection!.ExecuteAsync(
            """
            insert into deliveries
                (id, fingerprint, sealed_number, purpose, state, lease_until, attempts, created_at, updated_at,
                 channel, passcode_id, generation, number, life_until, reason)
            values (@id, @fingerprint, @sealedNumber, 'code', @state, @notBefore, 0, @at, @at, @channel, @passcode, @generation, @number, @lifeUntil, @reason)
            """,
            new
            {
                id,
                fingerprint,
                sealedNumber = secrets.Seal(contact.DestinationOf(channel), $"deliveries/{id}/number"),
                state = state.Name(),
                notBefore = notBefore?.ToUnixTimeMilliseconds() ?? 0,
                at = now.ToUnixTimeMilliseconds(),
                channel = channel.Name(),
                passcode = passcode.Id,
                generation = passcode.Generation,
                number,
                lifeUntil = passcode.ExpiresAt.ToUnixTimeMilliseconds(),
                reason,
            },
            transaction);
        await NoteAsync(transaction, id, state, reason, now);
    }

    /// <summary>
    /// Claims the oldest queued texts and e-mails and records the attempts, in one transaction that asks consent and the life of codes again. What comes
    /// back may be handed to the carrier once, by the caller alone.
    /// </summary>
    public async Task<ImmutableArray<ClaimedDelivery>> ClaimAsync(int most, DateTimeOffset now, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < ClaimTries; tries++)
        {
            // Looking first keeps an idle worker from taking the writer's place on SQLite.
            var candidates = await CandidatesAsync("('text', 'email')", most, now, cancellationToken);
            if (candidates.Count == 0)
            {
                return [];
            }

            var claimed = await database.WriteAsync(async transaction => (true, await ClaimAsync(transaction, candidates, most, now)), cancellationToken);
            if (!claimed.IsEmpty)
            {
                return claimed;
            }

            // Another worker had the same ones in mind, and was first.
        }

        return [];
    }

    /// <summary>As <see cref="ClaimAsync(int, DateTimeOffset, CancellationToken)"/>, for the next call when a line is free.</summary>
    public async Task<ImmutableArray<ClaimedDelivery>> ClaimCallAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var candidates = await CandidatesAsync("('call')", 4, now, cancellationToken);
        if (candidates.Count == 0)
        {
            return [];
        }

        return await database.WriteAsync(
            async transaction =>
            {
                var connection = transaction.Connection!;
                var at = now.ToUnixTimeMilliseconds();
                await connection.ExecuteAsync("insert into paces (name, next_at) values (@CallPace, 0) on conflict (name) do nothing", new { CallPace }, transaction);
                var nextAt = await connection.ExecuteScalarAsync<long>($"select next_at from paces where name = @CallPace {database.Dialect.RowLock}", new { CallPace }, transaction);
                var gap = TimeSpan.FromSeconds(1 / options.Value.CallsPerSecond);

                // A clock that was set back must not silence the line for longer than one gap.
                if (nextAt > at && nextAt - at <= gap.TotalMilliseconds)
                {
                    return (false, ImmutableArray<ClaimedDelivery>.Empty);
                }

                var claimed = await ClaimAsync(transaction, candidates, 1, now);
                if (!claimed.IsEmpty)
                {
                    await connection.ExecuteAsync(
                        "update paces set next_at = @next where name = @CallPace", new { CallPace, next = now.Add(gap).ToUnixTimeMilliseconds() }, transaction);
                }

                return (true, claimed);
            },
            cancellationToken);
    }

    /// <summary>How long the last call in the queue waits for a line.</summary>
    public Task<TimeSpan> CallQueueAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async connection => TimeSpan.FromSeconds(
            await connection.ExecuteScalarAsync<long>("select count(*) from deliveries where state = 'queued' and channel = 'call'") / options.Value.CallsPerSecond),
        cancellationToken);

    /// <summary>Claims all letters that wait, as one print batch.</summary>
    public async Task<ImmutableArray<ClaimedDelivery>> ClaimLettersAsync(string batch, int most, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var candidates = await CandidatesAsync("('mail')", most, now, cancellationToken);
        return candidates.Count == 0 ? [] : await database.WriteAsync(
            async transaction =>
            {
                var claimed = await ClaimAsync(transaction, candidates, most, now);
                await transaction.Connection!.ExecuteAsync(
                    $"update deliveries set batch = @batch, lease_until = @never, deadline_at = null where {database.Dialect.OneOf("id", "@ids")}",
                    new { batch, never = long.MaxValue, ids = claimed.Select(letter => letter.Id).ToList() },
                    transaction);
                return (true, claimed);
            },
            cancellationToken);
    }

    /// <summary>Batches that were claimed and not yet seen to be printed, oldest first: a print run that was interrupted takes them up again.</summary>
    public Task<ImmutableArray<string>> OpenBatchesAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (await connection.QueryAsync<string>(
            "select batch from deliveries where channel = 'mail' and state = 'attempting' and batch is not null group by batch order by batch")).ToImmutableArray(),
        cancellationToken);

    /// <summary>The letters of a batch that are still to be printed: those whose code ended meanwhile are left out and canceled.</summary>
    public Task<ImmutableArray<ClaimedDelivery>> LettersOfAsync(string batch, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        async transaction =>
        {
            var rows = (await transaction.Connection!.QueryAsync<Row>(
                $"select {Row.Columns} from deliveries where batch = @batch and state = 'attempting' order by created_at, id {database.Dialect.RowLock}", new { batch }, transaction)).ToList();
            var codes = await CodesAsync(transaction, rows);
            var (going, _) = await SortAsync(transaction, rows, codes, optedOut: [], now);
            return (true, going.Select(row => row.ToClaimed(codes, now)).ToImmutableArray());
        },
        cancellationToken);

    async Task<List<Candidate>> CandidatesAsync(string channels, int most, DateTimeOffset now, CancellationToken cancellationToken) => await database.ReadAsync(
        async connection => (await connection.QueryAsync<Candidate>(
            $"select id, fingerprint from deliveries where state = 'queued' and lease_until <= @at and channel in {channels} order by created_at limit @most",
            new { at = now.ToUnixTimeMilliseconds(), most })).AsList(),
        cancellationToken);

    async Task<ImmutableArray<ClaimedDelivery>> ClaimAsync(DbTransaction transaction, List<Candidate> candidates, int most, DateTimeOffset now)
    {
        var connection = transaction.Connection!;
        var at = now.ToUnixTimeMilliseconds();

        // Waited for, in one order for all, rather than passed over: whoever holds a contact holds it for a moment only.
        var contacts = (await connection.QueryAsync<string>(
            $"select fingerprint from contacts where {database.Dialect.OneOf("fingerprint", "@fingerprints")} order by fingerprint {database.Dialect.RowLock}",
            new { fingerprints = candidates.Select(candidate => candidate.Fingerprint).Distinct(StringComparer.Ordinal).ToList() },
            transaction)).ToHashSet(StringComparer.Ordinal);
        var ids = candidates.Where(candidate => contacts.Contains(candidate.Fingerprint)).Select(candidate => candidate.Id).ToList();
        if (ids.Count == 0)
        {
            return [];
        }

        var rows = (await connection.QueryAsync<Row>(
            $"select {Row.Columns} from deliveries where {database.Dialect.OneOf("id", "@ids")} and state = 'queued' and lease_until <= @at order by created_at limit @most {database.Dialect.ClaimLock}",
            new { ids, at, most },
            transaction)).ToList();
        if (rows.Count == 0)
        {
            return [];
        }

        var codes = await CodesAsync(transaction, rows);
        var optedOut = (await connection.QueryAsync<string>(
            $"select fingerprint from consents where state = 'opted-out' and {database.Dialect.OneOf("fingerprint", "@fingerprints")}", new { fingerprints = rows.Select(row => row.Fingerprint).Distinct().ToList() }, transaction))
            .ToHashSet(StringComparer.Ordinal);
        var (going, _) = await SortAsync(transaction, rows, codes, optedOut, now);
        if (going.Count == 0)
        {
            return [];
        }

        var claimed = going.ConvertAll(row => row.Id);
        await connection.ExecuteAsync(
            $"""
            update deliveries set state = 'attempting', attempts = attempts + 1, attempt_id = id || '-' || (attempts + 1), lease_until = @until, updated_at = @at,
                deadline_at = coalesce(deadline_at, case channel when 'text' then @text when 'call' then @call when 'email' then @email end)
            where {database.Dialect.OneOf("id", "@claimed")}
            """,
            new
            {
                claimed,
                at,
                until = now.Add(options.Value.AnswerLease).ToUnixTimeMilliseconds(),
                text = now.Add(options.Value.TextDeadline).ToUnixTimeMilliseconds(),
                call = now.Add(options.Value.CallDeadline).ToUnixTimeMilliseconds(),
                email = now.Add(options.Value.EmailDeadline).ToUnixTimeMilliseconds(),
            },
            transaction);
        await connection.ExecuteAsync(
            $"""
            insert into attempts (id, delivery_id, number, channel, state, started_at)
            select attempt_id, id, attempts, channel, 'begun', @at from deliveries where {database.Dialect.OneOf("id", "@claimed")}
            """,
            new { claimed, at },
            transaction);
        return [.. going.Select(row => (row with { Attempts = row.Attempts + 1 }).ToClaimed(codes, now))];
    }

    async Task<Dictionary<string, CodeRow>> CodesAsync(DbTransaction transaction, List<Row> rows)
    {
        var ids = rows.Select(row => row.PasscodeId).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        return ids.Count == 0 ? [] : (await transaction.Connection!.QueryAsync<CodeRow>(
            $"select id, kind, language, site_host, generation, sealed_code, state, expires_at from passcodes where {database.Dialect.OneOf("id", "@ids")}", new { ids }, transaction))
            .ToDictionary(code => code.Id, StringComparer.Ordinal);
    }

    /// <summary>Cancels, each with its reason, what may not go out any more; the rest goes.</summary>
    async Task<(List<Row> Going, int Canceled)> SortAsync(DbTransaction transaction, List<Row> rows, Dictionary<string, CodeRow> codes, HashSet<string> optedOut, DateTimeOffset now)
    {
        var at = now.ToUnixTimeMilliseconds();
        string? Obstacle(Row row)
        {
            var code = row.PasscodeId is { } id ? codes.GetValueOrDefault(id) : null;
            return row switch
            {
                { Channel: "text" } when optedOut.Contains(row.Fingerprint) => DeliveryReasons.OptedOut,
                { LifeUntil: { } until } when until <= at => DeliveryReasons.Expired,
                { PasscodeId: not null } when code is null or { State: not "live" } or { SealedCode: null } => DeliveryReasons.Ended,
                { PasscodeId: not null } when code!.ExpiresAt <= at => DeliveryReasons.Expired,
                { PasscodeId: not null } when code!.Generation != row.Generation => DeliveryReasons.Replaced,
                _ => null,
            };
        }

        var going = new List<Row>(rows.Count);
        var canceled = 0;
        foreach (var group in rows.GroupBy(Obstacle, StringComparer.Ordinal))
        {
            if (group.Key is not { } reason)
            {
                going.AddRange(group);
                continue;
            }

            var ids = group.Select(row => row.Id).ToList();
            canceled += ids.Count;
            await CancelAsync(transaction, ids, reason, now);
        }

        return (going, canceled);
    }

    /// <summary>Cancels rows that the caller has locked; a person who opted out is tried on the next channel.</summary>
    async Task CancelAsync(DbTransaction transaction, List<string> ids, string reason, DateTimeOffset now)
    {
        var at = now.ToUnixTimeMilliseconds();
        await transaction.Connection!.ExecuteAsync(
            $"""
            update deliveries set state = 'canceled', sealed_body = null, reason = @reason, deadline_at = null, updated_at = @at,
                plan = case when passcode_id is not null and @planned = 1 then 1 else 0 end
            where {database.Dialect.OneOf("id", "@ids")}
            """,
            new { ids, reason, at, planned = reason == DeliveryReasons.OptedOut ? 1 : 0 },
            transaction);
        await transaction.Connection!.ExecuteAsync(
            $"insert into delivery_events (delivery_id, state, reason, at) select id, 'canceled', @reason, @at from deliveries where {database.Dialect.OneOf("id", "@ids")} on conflict (delivery_id, state) do nothing",
            new { ids, reason, at },
            transaction);
    }

    /// <summary>Cancels what waits for a code that ended or was replaced, in the caller's transaction that holds the passcode. No plan follows for what is under way.</summary>
    public static async Task CancelQueuedAsync(DbTransaction transaction, string passcodeId, string reason, DateTimeOffset now)
    {
        var connection = transaction.Connection!;
        var ids = (await connection.QueryAsync<string>(
            """
            update deliveries set deadline_at = null, plan = 0, state = case when state = 'queued' then 'canceled' else state end,
                reason = case when state = 'queued' then @reason else reason end, updated_at = @at
            where passcode_id = @passcodeId and state in ('queued', 'attempting', 'unknown', 'sent') returning case when state = 'canceled' then id else null end
            """,
            new { passcodeId, reason, at = now.ToUnixTimeMilliseconds() },
            transaction)).OfType<string>().ToList();
        foreach (var id in ids)
        {
            await NoteAsync(transaction, id, DeliveryState.Canceled, reason, now);
        }
    }

    /// <summary>Back into the outbox, in one transaction: the carrier has certainly not taken it. Nothing happens when a receipt was first.</summary>
    public Task PostponeAsync(string attempt, DateTimeOffset until, int? errorCode, CancellationToken cancellationToken) => database.WriteAsync(
        async transaction =>
        {
            await transaction.Connection!.ExecuteAsync(
                "update deliveries set state = 'queued', lease_until = @until where attempt_id = @attempt and id = @id and state = 'attempting'",
                new { attempt, id = DeliveryOf(attempt), until = until.ToUnixTimeMilliseconds() },
                transaction);
            await transaction.Connection!.ExecuteAsync(
                "update attempts set state = 'postponed', error_code = @errorCode where id = @attempt and state = 'begun'", new { attempt, errorCode }, transaction);
        },
        cancellationToken);

    /// <summary>What a claimed delivery hands over: opened, and for a code put into words. Null when the code may not be read any more.</summary>
    /// <exception cref="CryptographicException">The row was sealed with a key that is gone.</exception>
    public Outbound? Open(ClaimedDelivery delivery, ContentLibrary library, DateTimeOffset now)
    {
        var to = secrets.Open(delivery.SealedTo, $"deliveries/{delivery.Id}/number");
        var number = PhoneNumber.TryParse(to, out var parsed) ? parsed : default;
        if (delivery.Code is not { } code)
        {
            return new Outbound.Text(number, secrets.Open(delivery.SealedBody!, $"deliveries/{delivery.Id}/body"));
        }

        if (code.SealedCode is null)
        {
            return null;
        }

        var wording = new PasscodeWording(library[code.Language], code, PasscodeStore.OpenCode(secrets, code));
        return delivery.Channel switch
        {
            DeliveryChannel.Text => new Outbound.Text(number, wording.Text(now)),
            DeliveryChannel.Call => new Outbound.Call(number),
            DeliveryChannel.Email => new Outbound.Email(to, wording.Subject, wording.Email(now)),
            DeliveryChannel.Mail => new Outbound.Letter(JsonSerializer.Deserialize<PostalAddress>(to)!, wording.Code, wording.Letter(now)),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>
    /// Notes what the carrier says, in any order and as often as it says it. The body is wiped when a text is final. A carrier that knows of an opt-out
    /// (<see cref="CarrierCodes.OptedOut"/>) writes the ledger in the same transaction, once: a late repetition must not undo a START.
    /// </summary>
    /// <param name="attempt">From the path of the status callback, or from the claim.</param>
    /// <param name="reason">Why, where no error code tells.</param>
    /// <returns>The state that holds now; null when the attempt is unknown.</returns>
    public async Task<DeliveryState?> RecordAsync(
        string attempt, DeliveryState receipt, string? carrierSid, int? errorCode, DateTimeOffset now, CancellationToken cancellationToken, string? reason = null)
    {
        return await database.WriteAsync<DeliveryState?>(
            async transaction =>
            {
                var connection = transaction.Connection!;
                var at = now.ToUnixTimeMilliseconds();
                var id = DeliveryOf(attempt);
                var known = await connection.QuerySingleOrDefaultAsync<Row>($"select {Row.Columns} from deliveries where id = @id", new { id }, transaction);
                if (known is null || !IsAttemptOf(known, attempt))
                {
                    return (false, null);
                }

                var means = errorCode is { } code ? CarrierCodes.Of(code) : null;
                var isText = known.Channel == "text";
                if (isText && !Enum.Parse<DeliveryState>(known.State, ignoreCase: true).IsFinal())
                {
                    await LearnAsync(transaction, known, receipt, means, now);
                }

                var row = await connection.QuerySingleAsync<Row>($"select {Row.Columns} from deliveries where id = @id {database.Dialect.RowLock}", new { id }, transaction);
                var before = Enum.Parse<DeliveryState>(row.State, ignoreCase: true);
                var state = before.After(receipt);
                if (before == DeliveryState.Queued && receipt < DeliveryState.Delivered)
                {
                    // Postponed, and the carrier reports progress on the attempt that it had refused: the next attempt tells.
                    state = before;
                }

                await connection.ExecuteAsync(
                    """
                    update attempts set state = case when @receipt = 'undeliverable' then 'refused' when @receipt = 'unknown' then 'unknown' else 'accepted' end,
                        carrier_sid = coalesce(carrier_sid, @carrierSid), error_code = coalesce(@errorCode, error_code), ended_at = @at
                    where id = @attempt and not (state = 'accepted' and @receipt = 'unknown')
                    """,
                    new { attempt, receipt = receipt.Name(), carrierSid, errorCode, at },
                    transaction);
                if (state == before)
                {
                    await connection.ExecuteAsync(
                        "update deliveries set carrier_sid = coalesce(carrier_sid, @carrierSid) where id = @id and carrier_sid is null", new { id, carrierSid }, transaction);
                    return (true, state);
                }

                var why = state == DeliveryState.Undeliverable ? means?.Reason ?? reason ?? DeliveryReasons.CarrierTrouble : reason;
                await connection.ExecuteAsync(
                    """
                    update deliveries set state = @state, carrier_sid = coalesce(carrier_sid, @carrierSid), error_code = coalesce(@errorCode, error_code),
                        reason = @why, updated_at = @at, lease_until = @lease,
                        sealed_body = case when @final = 1 then null else sealed_body end,
                        deadline_at = case when @final = 1 or (passcode_id is null and @state = 'sent') or (channel = 'email' and @state = 'sent') then null else deadline_at end,
                        plan = case when passcode_id is not null and @state = 'undeliverable' then 1 else plan end
                    where id = @id
                    """,
                    new
                    {
                        id,
                        state = state.Name(),
                        carrierSid,
                        errorCode,
                        why,
                        at,
                        lease = state == DeliveryState.Unknown ? now.Add(options.Value.LookUpEvery).ToUnixTimeMilliseconds() : row.LeaseUntil,
                        final = state.IsFinal() ? 1 : 0,
                    },
                    transaction);
                await NoteAsync(transaction, id, state, why, now);
                return (true, state);
            },
            cancellationToken);
    }

    /// <summary>What a receipt tells about the number; before the delivery is locked, since contacts come first.</summary>
    async Task LearnAsync(DbTransaction transaction, Row row, DeliveryState receipt, CarrierCode? means, DateTimeOffset now)
    {
        var at = now.ToUnixTimeMilliseconds();
        if (means?.Code == CarrierCodes.OptedOut && PhoneNumber.TryParse(secrets.Open(row.SealedNumber, $"deliveries/{row.Id}/number"), out var number))
        {
            // A copy of the state is not enough here: of two repetitions at once, the second must see the first.
            await ConsentStore.LockContactAsync(transaction, row.Fingerprint);
            var isOpen = await transaction.Connection!.ExecuteScalarAsync<int>(
                "select count(*) from deliveries where id = @id and state not in ('delivered', 'undeliverable', 'canceled')", new { id = row.Id }, transaction) == 1;
            if (isOpen)
            {
                var optOut = new Effect.RecordConsent(ConsentState.OptedOut, CarrierCodes.OptedOut.ToString(CultureInfo.InvariantCulture), ConsentMeans.Carrier);
                await consents.RecordAsync(transaction, number, sender: null, optOut, recordedBy: "carrier", now);
            }
        }
        else if (means is { TakesNoTexts: true })
        {
            await transaction.Connection!.ExecuteAsync(
                "update contacts set no_text_reason = @reason, no_text_at = @at where fingerprint = @fingerprint",
                new { reason = means.Reason, at, fingerprint = row.Fingerprint },
                transaction);
        }
        else if (receipt == DeliveryState.Delivered)
        {
            await transaction.Connection!.ExecuteAsync(
                "update contacts set no_text_reason = null, no_text_at = null, proven_at = @at where fingerprint = @fingerprint",
                new { at, fingerprint = row.Fingerprint },
                transaction);
        }
    }

    /// <summary>Attempts whose worker has not settled them in time; each becomes unknown, in a transaction of its own.</summary>
    public Task<ImmutableArray<string>> OverdueAsync(int most, DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (await connection.QueryAsync<string>(
            "select attempt_id from deliveries where state = 'attempting' and lease_until <= @at order by lease_until limit @most",
            new { at = now.ToUnixTimeMilliseconds(), most })).ToImmutableArray(),
        cancellationToken);

    /// <summary>Claims an unknown attempt for a look-up at the carrier: its channel, number and time. The same one comes again after a while.</summary>
    public async Task<LookUp?> ClaimLookUpAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        const string due = "state = 'unknown' and channel in ('text', 'call') and lease_until <= @at";
        var at = now.ToUnixTimeMilliseconds();
        var isDue = await database.ReadAsync(connection => connection.ExecuteScalarAsync<int>($"select count(*) from deliveries where {due}", new { at }), cancellationToken) > 0;
        return !isDue ? null : await database.WriteAsync(
            async transaction =>
            {
                var row = await transaction.Connection!.QuerySingleOrDefaultAsync<Row>(
                    $"select {Row.Columns} from deliveries where {due} order by lease_until limit 1 {database.Dialect.ClaimLock}", new { at }, transaction);
                if (row is null)
                {
                    return (false, null);
                }

                var next = now.Add(options.Value.LookUpEvery).ToUnixTimeMilliseconds();
                await transaction.Connection!.ExecuteAsync("update deliveries set lease_until = @next where id = @id", new { next, id = row.Id }, transaction);
                var startedAt = await transaction.Connection!.ExecuteScalarAsync<long>("select started_at from attempts where id = @id", new { id = row.AttemptId }, transaction);
                return (true, (LookUp?)new LookUp(
                    row.AttemptId!, DeliveryChannels.Parse(row.Channel)!.Value,
                    PhoneNumber.TryParse(secrets.Open(row.SealedNumber, $"deliveries/{row.Id}/number"), out var number) ? number : default,
                    DateTimeOffset.FromUnixTimeMilliseconds(startedAt)));
            },
            cancellationToken);
    }

    /// <summary>Which of the carrier's names are known to belong to some attempt already: a look-up must not take another's.</summary>
    public Task<ImmutableHashSet<string>> KnownSidsAsync(IEnumerable<string> sids, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (await connection.QueryAsync<string>($"select carrier_sid from attempts where {database.Dialect.OneOf("carrier_sid", "@sids")}", new { sids = sids.ToList() }))
            .ToImmutableHashSet(StringComparer.Ordinal),
        cancellationToken);

    /// <summary>Whether a worker has a text to this contact in hand right now: committed, and not known to be with the carrier yet.</summary>
    public static async Task<bool> IsInHandAsync(DbConnection connection, string fingerprint) => await connection.ExecuteScalarAsync<int>(
        "select count(*) from deliveries where fingerprint = @fingerprint and channel = 'text' and state = 'attempting'", new { fingerprint }) > 0;

    /// <summary>The row that an attempt belongs to.</summary>
    public static string DeliveryOf(string attempt) => attempt.LastIndexOf('-') is var dash and > 0 ? attempt[..dash] : attempt;

    static bool IsAttemptOf(Row row, string attempt) =>
        int.TryParse(attempt.AsSpan(row.Id.Length).TrimStart('-'), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= row.Attempts;

    static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

    static Task KnowContactAsync(DbTransaction transaction, string fingerprint) => transaction.Connection!.ExecuteAsync(
        "insert into contacts (fingerprint) values (@fingerprint) on conflict (fingerprint) do nothing", new { fingerprint }, transaction);

    static Task NoteAsync(DbTransaction transaction, string id, DeliveryState state, string? reason, DateTimeOffset now) => transaction.Connection!.ExecuteAsync(
        "insert into delivery_events (delivery_id, state, reason, at) values (@id, @state, @reason, @at) on conflict (delivery_id, state) do nothing",
        new { id, state = state.Name(), reason, at = now.ToUnixTimeMilliseconds() },
        transaction);

    sealed record Candidate
    {
        public string Id { get; init; } = "";

        public string Fingerprint { get; init; } = "";
    }

    sealed record Row
    {
        internal const string Columns =
            "id, fingerprint, sealed_number, sealed_body, state, channel, passcode_id, generation, number, life_until, attempts, attempt_id, lease_until";

        public string Id { get; init; } = "";

        public string Fingerprint { get; init; } = "";

        public string SealedNumber { get; init; } = "";

        public string? SealedBody { get; init; }

        public string State { get; init; } = "";

        public string Channel { get; init; } = "";

        public string? PasscodeId { get; init; }

        public int Generation { get; init; }

        public int Number { get; init; }

        public long? LifeUntil { get; init; }

        public int Attempts { get; init; }

        public string? AttemptId { get; init; }

        public long LeaseUntil { get; init; }

        internal ClaimedDelivery ToClaimed(Dictionary<string, CodeRow> codes, DateTimeOffset now) => new(
            Id, string.Create(CultureInfo.InvariantCulture, $"{Id}-{Attempts}"), Fingerprint, DeliveryChannels.Parse(Channel)!.Value, SealedNumber, SealedBody,
            LifeUntil is { } until ? DateTimeOffset.FromUnixTimeMilliseconds(until) : null, now, PasscodeId is { } id ? codes.GetValueOrDefault(id)?.ToSealed() : null);
    }

    sealed record CodeRow
    {
        public string Id { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Language { get; init; } = "";

        public string SiteHost { get; init; } = "";

        public int Generation { get; init; }

        public string? SealedCode { get; init; }

        public string State { get; init; } = "";

        public long ExpiresAt { get; init; }

        internal SealedPasscode ToSealed() => new(
            Id, PasscodeKinds.Parse(Kind)!.Value, Enum.Parse<Language>(Language, ignoreCase: true), SiteHost, Generation, SealedCode, DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAt));
    }
}

/// <summary>An attempt to ask the carrier about.</summary>
public sealed record LookUp(string Attempt, DeliveryChannel Channel, PhoneNumber To, DateTimeOffset StartedAt);
