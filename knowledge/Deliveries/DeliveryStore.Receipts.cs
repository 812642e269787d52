using System.Data.Common;
using System.Globalization;
using System.Text;
using Dapper;
using Npgsql;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Deliveries;

/// <summary>What the carrier says. Answers and receipts that come at the same time are written together; those that tell of trouble alone.</summary>
public sealed partial class DeliveryStore
{
    const int MostTogether = 64;

    Gathering<Report, DeliveryState?>? recording;

    Gathering<Report, DeliveryState?> Recording => LazyInitializer.EnsureInitialized(ref recording, () => new(RecordAsync, MostTogether, database.Dialect.Lanes));

    /// <summary>
    /// Notes what the carrier says, in any order and as often as it says it. The body is wiped when a text is final. A carrier that knows of an opt-out
    /// (<see cref="CarrierCodes.OptedOut"/>) writes the ledger in the same transaction, once: a late repetition must not undo a START.
    /// </summary>
    /// <param name="attempt">From the path of the status callback, or from the claim.</param>
    /// <param name="reason">Why, where no error code tells.</param>
    /// <returns>The state that holds now; null when the attempt is unknown.</returns>
    public Task<DeliveryState?> RecordAsync(
        string attempt, DeliveryState receipt, string? carrierSid, int? errorCode, DateTimeOffset now, CancellationToken cancellationToken, string? reason = null)
    {
        var report = new Report(attempt, receipt, carrierSid, errorCode, reason, now);
        return report.IsPlain ? Recording.AddAsync(report, cancellationToken) : RecordAloneAsync(report, cancellationToken);
    }

    async Task RecordAsync(IReadOnlyList<Gathered<Report, DeliveryState?>> reports)
    {
        try
        {
            var states = await database.WriteAsync(
                async transaction => (true, await RecordTogetherAsync(transaction, [.. reports.Select(report => report.Item)])), CancellationToken.None);
            for (var index = 0; index < reports.Count; index++)
            {
                reports[index].Succeed(states[index]);
            }
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DeadlockDetected)
        {
            foreach (var report in reports)
            {
                try
                {
                    report.Succeed(await RecordAloneAsync(report.Item, CancellationToken.None));
                }
                catch (DbException again)
                {
                    report.Fail(again);
                }
            }
        }
    }

    /// <summary>Receipts that only move deliveries on, one after the other as if each had come alone, in two round trips.</summary>
    async Task<DeliveryState?[]> RecordTogetherAsync(DbTransaction transaction, List<Report> reports)
    {
        using var held = await transaction.Connection!.QueryMultipleAsync(
            $"""
            select fingerprint from contacts where fingerprint in (select fingerprint from deliveries where channel = 'text' and {database.Dialect.OneOf("id", "@delivered")})
            order by fingerprint {database.Dialect.RowLock};

            select {Row.Columns} from deliveries where {database.Dialect.OneOf("id", "@ids")} order by id {database.Dialect.RowLock}
            """,
            new
            {
                delivered = reports.Where(report => report.Receipt == DeliveryState.Delivered).Select(report => DeliveryOf(report.Attempt)).ToList(),
                ids = reports.ConvertAll(report => DeliveryOf(report.Attempt)),
            },
            transaction);
        _ = await held.ReadAsync<string>();
        var rows = (await held.ReadAsync<Row>()).ToDictionary(row => row.Id, StringComparer.Ordinal);
        var states = new DeliveryState?[reports.Count];
        var changes = new List<Change>();
        for (var index = 0; index < reports.Count; index++)
        {
            var report = reports[index];
            if (!rows.TryGetValue(DeliveryOf(report.Attempt), out var row) || !IsAttemptOf(row, report.Attempt))
            {
                continue;
            }

            var before = Enum.Parse<DeliveryState>(row.State, ignoreCase: true);
            var state = StateAfter(before, report.Receipt);
            states[index] = state;
            rows[row.Id] = row with { State = state.Name() };
            changes.Add(new(
                row.Id, report.Attempt, report.CarrierSid, state.Name(), report.Reason, report.At.ToUnixTimeMilliseconds(), state == before ? 0 : 1, state.IsFinal() ? 1 : 0,
                EndsDeadline(row, state) ? 1 : 0, row.Channel == "text" && !before.IsFinal() && report.Receipt == DeliveryState.Delivered ? row.Fingerprint : null));
        }

        await WriteAsync(transaction, changes);
        return states;
    }

    /// <summary>Of several changes to one row the last holds, but the carrier's name is the first that was told.</summary>
    async Task WriteAsync(DbTransaction transaction, List<Change> changes)
    {
        var attempts = changes.GroupBy(change => change.Attempt, StringComparer.Ordinal).Select(group => group.Last() with { Sid = group.FirstOrDefault(change => change.Sid is not null)?.Sid });
        var moved = changes.Where(change => change.IsMove == 1).ToList();
        var deliveries = moved.GroupBy(change => change.Id, StringComparer.Ordinal)
            .Select(group => group.Last() with { Sid = changes.Find(change => change.Id == group.Key && change.Sid is not null)?.Sid });
        var named = changes.Where(change => change.Sid is not null && !moved.Exists(other => other.Id == change.Id)).DistinctBy(change => change.Id, StringComparer.Ordinal).ToList();
        var proven = changes.Where(change => change.Proven is not null).DistinctBy(change => change.Proven, StringComparer.Ordinal).ToList();
        var sql = new StringBuilder(
            $"""
            update attempts set state = 'accepted', carrier_sid = coalesce(carrier_sid, r.sid), ended_at = r.at
            from {database.Dialect.Each("@attempts", "attempt text, sid text, at bigint")} where attempts.id = r.attempt {database.Dialect.Among("attempts.id", "@attemptIds")}
            """);
        if (moved.Count > 0)
        {
            sql.Append(
                $"""
                ;
                update deliveries set state = r.state, carrier_sid = coalesce(carrier_sid, r.sid), reason = r.reason,
                    updated_at = r.at,
                    sealed_body = case when r.is_final = 1 then null else sealed_body end,
                    deadline_at = case when r.ends_deadline = 1 then null else deadline_at end
                from {database.Dialect.Each("@deliveries", "id text, state text, sid text, reason text, at bigint, is_final integer, ends_deadline integer")} where deliveries.id = r.id {database.Dialect.Among("deliveries.id", "@ids")};

                insert into delivery_events (delivery_id, state, reason, at)
                select r.id, r.state, r.reason, r.at from {database.Dialect.Each("@moved", "id text, state text, reason text, at bigint")} where true
                on conflict (delivery_id, state) do nothing
                """);
        }

        if (named.Count > 0)
        {
            sql.Append(
                $"""
                ;
                update deliveries set carrier_sid = r.sid from {database.Dialect.Each("@named", "id text, sid text")} where deliveries.id = r.id and carrier_sid is null {database.Dialect.Among("deliveries.id", "@ids")}
                """);
        }

        if (proven.Count > 0)
        {
            sql.Append(
                $"""
                ;
                update contacts set no_text_reason = null, no_text_at = null, proven_at = r.at
                from {database.Dialect.Each("@proven", "proven text, at bigint")} where fingerprint = r.proven {database.Dialect.Among("fingerprint", "@fingerprints")}
                """);
        }

        await transaction.Connection!.ExecuteAsync(
            sql.ToString(),
            new
            {
                attempts = Rows.Of(attempts),
                deliveries = Rows.Of(deliveries),
                moved = Rows.Of(moved),
                named = Rows.Of(named),
                proven = Rows.Of(proven),
                attemptIds = changes.ConvertAll(change => change.Attempt),
                ids = changes.ConvertAll(change => change.Id),
                fingerprints = proven.ConvertAll(change => change.Proven),
            },
            transaction);
    }

    Task<DeliveryState?> RecordAloneAsync(Report report, CancellationToken cancellationToken)
    {
        var (attempt, receipt, carrierSid, errorCode, reason, now) = report;
        return database.WriteAsync<DeliveryState?>(
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
                var state = StateAfter(before, receipt);
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
                        deadline_at = case when @endsDeadline = 1 then null else deadline_at end,
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
                        endsDeadline = EndsDeadline(row, state) ? 1 : 0,
                    },
                    transaction);
                await NoteAsync(transaction, id, state, why, now);
                return (true, state);
            },
            cancellationToken);
    }

    /// <summary>Where a receipt leads. What was postponed stays in the queue while the carrier only reports progress on the attempt that it had refused: the next attempt tells.</summary>
    static DeliveryState StateAfter(DeliveryState before, DeliveryState receipt) =>
        before == DeliveryState.Queued && receipt < DeliveryState.Delivered ? before : before.After(receipt);

    /// <summary>Whether nothing more is waited for. Nobody reports on an e-mail, and no other channel follows an answer.</summary>
    static bool EndsDeadline(Row row, DeliveryState state) => state.IsFinal() || (state == DeliveryState.Sent && (row.PasscodeId is null || row.Channel == "email"));

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

    /// <summary>What came about an attempt.</summary>
    sealed record Report(string Attempt, DeliveryState Receipt, string? CarrierSid, int? ErrorCode, string? Reason, DateTimeOffset At)
    {
        /// <summary>Nothing is to be learnt but that it went on.</summary>
        internal bool IsPlain => Receipt is DeliveryState.Sent or DeliveryState.Delivered && ErrorCode is null;
    }

    /// <param name="Proven">Fingerprint of the number that a text has reached; null otherwise.</param>
    sealed record Change(string Id, string Attempt, string? Sid, string State, string? Reason, long At, int IsMove, int IsFinal, int EndsDeadline, string? Proven);
}
