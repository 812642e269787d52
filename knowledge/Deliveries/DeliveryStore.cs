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
public sealed partial class DeliveryStore(Database database, SecretKeys secrets, ConsentStore consents, IOptions<DeliveryOptions> options)
{
    const string CallPace = "call";
    const int ClaimTries = 4;

    /// <summary>An answer that is still in the carrier's queue after this long is no use to the person who asked for it.</summary>
    static readonly TimeSpan answerLife = TimeSpan.FromHours(4);

    /// <summary>Subject of the wake-up for workers.</summary>
    public const string Signal = "deliveries";

    /// <summary>As <see cref="Signal"/>, but not for those who place calls: they need not look for every text.</summary>
    public const string TextSignal = "deliveries/texts";

    /// <summary>Whom something new in the outbox wakes.</summary>
    public static string SignalOf(DeliveryChannel channel) => channel == DeliveryChannel.Call ? Signal : TextSignal;

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
    public Task EnqueueCodeAsync(
        DbTransaction transaction, Passcode passcode, PasscodeContact contact, DeliveryPlan plan, int before, DateTimeOffset now, DateTimeOffset? notBefore = null) =>
        EnqueueCodesAsync(transaction, [new(passcode, contact, plan, before, now, notBefore)]);

    /// <summary>As <see cref="EnqueueCodeAsync"/> for many, in one round trip.</summary>
    internal Task EnqueueCodesAsync(DbTransaction transaction, IEnumerable<PlannedCode> planned)
    {
        const string columns =
            "id text, fingerprint text, sealed_number text, state text, at bigint, channel text, passcode text, generation integer, number integer, life_until bigint, lease_until bigint, reason text";
        var rows = Rows.Of(planned.SelectMany(NewRows));
        return transaction.Connection!.ExecuteAsync(
            $"""
            insert into contacts (fingerprint) select distinct r.fingerprint from {database.Dialect.Each("@rows", "fingerprint text")} where true order by 1
            on conflict (fingerprint) do nothing;

            insert into deliveries
                (id, fingerprint, sealed_number, purpose, state, lease_until, attempts, created_at, updated_at,
                 channel, passcode_id, generation, number, life_until, reason)
            select r.id, r.fingerprint, r.sealed_number, 'code', r.state, r.lease_until, 0, r.at, r.at, r.channel, r.passcode, r.generation, r.number, r.life_until, r.reason
            from {database.Dialect.Each("@rows", columns)};

            insert into delivery_events (delivery_id, state, reason, at)
            select r.id, r.state, r.reason, r.at from {database.Dialect.Each("@rows", "id text, state text, reason text, at bigint")}
            """,
            new { rows },
            transaction);
    }

    IEnumerable<NewRow> NewRows(PlannedCode planned)
    {
        var number = planned.Before;
        foreach (var skipped in planned.Plan.Skipped)
        {
            yield return NewRowOf(planned, skipped.Channel, ++number, DeliveryState.Undeliverable, skipped.Reason);
        }

        if (planned.Plan.Channel is { } channel)
        {
            yield return NewRowOf(planned, channel, number + 1, DeliveryState.Queued, reason: null);
        }
    }

    NewRow NewRowOf(PlannedCode planned, DeliveryChannel channel, int number, DeliveryState state, string? reason)
    {
        var id = NewId();
        return new(
            id, planned.Contact.FingerprintOf(channel, secrets), secrets.Seal(planned.Contact.DestinationOf(channel), $"deliveries/{id}/number"), state.Name(),
            planned.Now.ToUnixTimeMilliseconds(), channel.Name(), planned.Passcode.Id, planned.Passcode.Generation, number,
            planned.Passcode.ExpiresAt.ToUnixTimeMilliseconds(), planned.NotBefore?.ToUnixTimeMilliseconds() ?? 0, reason);
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
    public Task<TimeSpan> CallQueueAsync(CancellationToken cancellationToken) => database.ReadAsync(CallQueueAsync, cancellationToken);

    /// <summary>The same, as a connection sees it.</summary>
    internal async Task<TimeSpan> CallQueueAsync(DbConnection connection) => TimeSpan.FromSeconds(
        await connection.ExecuteScalarAsync<long>("select count(*) from deliveries where state = 'queued' and channel = 'call'") / options.Value.CallsPerSecond);

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
            $"select id, fingerprint, passcode_id from deliveries where state = 'queued' and lease_until <= @at and channel in {channels} order by created_at limit @most",
            new { at = now.ToUnixTimeMilliseconds(), most })).AsList(),
        cancellationToken);

    async Task<ImmutableArray<ClaimedDelivery>> ClaimAsync(DbTransaction transaction, List<Candidate> candidates, int most, DateTimeOffset now)
    {
        var connection = transaction.Connection!;
        var at = now.ToUnixTimeMilliseconds();

        // Contacts are waited for, in one order for all, rather than passed over: whoever holds a contact holds it for a moment only. What follows is asked
        // once they are held.
        using var results = await connection.QueryMultipleAsync(
            $"""
            select fingerprint from contacts where {database.Dialect.OneOf("fingerprint", "@fingerprints")} order by fingerprint {database.Dialect.RowLock};

            select {Row.Columns} from deliveries where {database.Dialect.OneOf("id", "@ids")} and {database.Dialect.Unindexed("state")} = 'queued' and lease_until <= @at
            order by created_at limit @most {database.Dialect.ClaimLock};

            select {CodeRow.Columns} from passcodes where {database.Dialect.OneOf("id", "@passcodes")};

            select fingerprint from consents where state = 'opted-out' and {database.Dialect.OneOf("fingerprint", "@fingerprints")}
            """,
            new
            {
                fingerprints = candidates.Select(candidate => candidate.Fingerprint).Distinct(StringComparer.Ordinal).ToList(),
                ids = candidates.ConvertAll(candidate => candidate.Id),
                passcodes = candidates.Select(candidate => candidate.PasscodeId).OfType<string>().Distinct(StringComparer.Ordinal).ToList(),
                at,
                most,
            },
            transaction);
        var contacts = (await results.ReadAsync<string>()).ToHashSet(StringComparer.Ordinal);
        var rows = (await results.ReadAsync<Row>()).Where(row => contacts.Contains(row.Fingerprint)).ToList();
        var codes = (await results.ReadAsync<CodeRow>()).ToDictionary(code => code.Id, StringComparer.Ordinal);
        var optedOut = (await results.ReadAsync<string>()).ToHashSet(StringComparer.Ordinal);
        if (rows.Count == 0)
        {
            return [];
        }

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
            where {database.Dialect.OneOf("id", "@claimed")};

            insert into attempts (id, delivery_id, number, channel, state, started_at)
            select attempt_id, id, attempts, channel, 'begun', @at from deliveries where {database.Dialect.OneOf("id", "@claimed")}
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
        return [.. going.Select(row => (row with { Attempts = row.Attempts + 1 }).ToClaimed(codes, now))];
    }

    async Task<Dictionary<string, CodeRow>> CodesAsync(DbTransaction transaction, List<Row> rows)
    {
        var ids = rows.Select(row => row.PasscodeId).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        return ids.Count == 0 ? [] : (await transaction.Connection!.QueryAsync<CodeRow>(
            $"select {CodeRow.Columns} from passcodes where {database.Dialect.OneOf("id", "@ids")}", new { ids }, transaction))
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

    /// <summary>Attempts whose worker has not settled them in time; each becomes unknown, in a transaction of its own.</summary>
    public Task<ImmutableArray<string>> OverdueAsync(int most, DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (await connection.QueryAsync<string>(
            "select attempt_id from deliveries where state = 'attempting' and lease_until <= @at order by lease_until limit @most",
            new { at = now.ToUnixTimeMilliseconds(), most })).ToImmutableArray(),
        cancellationToken);

    /// <summary>
    /// Claims an attempt for a look-up at the carrier: one that was never answered, or one that the carrier took and has not reported on, since a report that
    /// finds nobody is not repeated. The same one comes again after a while, in the second case until its deadline.
    /// </summary>
    public async Task<LookUp?> ClaimLookUpAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var due = $"channel in ('text', 'call') and lease_until <= @at and (state = 'unknown' or (deadline_at > 0 and {database.Dialect.Unindexed("state")} = 'sent'))";
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
                var (startedAt, sid) = await transaction.Connection!.QuerySingleAsync<(long, string?)>(
                    "select started_at, carrier_sid from attempts where id = @id", new { id = row.AttemptId }, transaction);
                return (true, (LookUp?)new LookUp(
                    row.AttemptId!, row.Fingerprint, sid, DeliveryChannels.Parse(row.Channel)!.Value,
                    PhoneNumber.TryParse(secrets.Open(row.SealedNumber, $"deliveries/{row.Id}/number"), out var number) ? number : default,
                    DateTimeOffset.FromUnixTimeMilliseconds(startedAt)));
            },
            cancellationToken);
    }

    /// <summary>The carrier's names that belong to some attempt for a contact already: a look-up must not take another's.</summary>
    public Task<ImmutableHashSet<string>> KnownSidsAsync(string fingerprint, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (await connection.QueryAsync<string>(
            "select a.carrier_sid from deliveries d join attempts a on a.delivery_id = d.id where d.fingerprint = @fingerprint and a.carrier_sid is not null", new { fingerprint }))
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

    sealed record NewRow(
        string Id, string Fingerprint, string SealedNumber, string State, long At, string Channel, string Passcode, int Generation, int Number, long LifeUntil, long LeaseUntil, string? Reason);

    sealed record Candidate
    {
        public string Id { get; init; } = "";

        public string Fingerprint { get; init; } = "";

        public string? PasscodeId { get; init; }
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
        internal const string Columns = "id, kind, language, site_host, generation, sealed_code, state, expires_at";

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
/// <param name="Sid">The carrier's name for it; null when it was never answered.</param>
public sealed record LookUp(string Attempt, string Fingerprint, string? Sid, DeliveryChannel Channel, PhoneNumber To, DateTimeOffset StartedAt);

/// <summary>What is planned for a code.</summary>
/// <param name="Before">Deliveries that the passcode has had.</param>
sealed record PlannedCode(Passcode Passcode, PasscodeContact Contact, DeliveryPlan Plan, int Before, DateTimeOffset Now, DateTimeOffset? NotBefore = null);
