using System.Collections.Immutable;
using System.Data.Common;
using Dapper;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Signals;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Deliveries;

/// <summary>Goes after deliveries that failed or were not heard of in time: the next channel, each at most once for one code, or the end of the road.</summary>
public sealed class DeliveryPlanner(Database database, DeliveryStore deliveries, PasscodeStore passcodes, CarrierHealth health, ISignals signals, TimeProvider time)
{
    const int AtOnce = 50;

    /// <summary>Subject of the wake-up: something failed.</summary>
    public const string Signal = "plans";

    /// <summary>One round. How much there was to do; call again at once while it is more than nothing.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var overdue = await deliveries.OverdueAsync(AtOnce, now, cancellationToken);
        foreach (var attempt in overdue)
        {
            await deliveries.RecordAsync(attempt, DeliveryState.Unknown, carrierSid: null, errorCode: null, now, cancellationToken, DeliveryReasons.Unconfirmed);
        }

        var due = await DueAsync(now, cancellationToken);
        if (!due.IsEmpty)
        {
            var away = await health.OutAsync(cancellationToken);
            foreach (var (id, passcode) in due)
            {
                await database.WriteAsync(transaction => PlanAsync(transaction, id, passcode, away, now), cancellationToken);
            }

            signals.Raise(DeliveryStore.Signal);
        }

        return overdue.Length + due.Length;
    }

    Task<ImmutableArray<(string Id, string? Passcode)>> DueAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (await connection.QueryAsync<(string, string?)>(
            $"""
            select id, passcode_id from deliveries where plan = 1
            union
            select id, passcode_id from deliveries where deadline_at <= @at and {database.Dialect.Unindexed("state")} in ('attempting', 'unknown', 'sent')
            limit @AtOnce
            """,
            new { at = now.ToUnixTimeMilliseconds(), AtOnce })).ToImmutableArray(),
        cancellationToken);

    async Task PlanAsync(DbTransaction transaction, string id, string? passcodeId, ImmutableHashSet<DeliveryChannel> away, DateTimeOffset now)
    {
        var connection = transaction.Connection!;
        var at = now.ToUnixTimeMilliseconds();
        var held = passcodeId is null ? null : await passcodes.LockByIdAsync(transaction, passcodeId);
        var row = await connection.QuerySingleAsync<Row>(
            $"select state, plan, deadline_at, generation, attempt_id from deliveries where id = @id {database.Dialect.RowLock}", new { id }, transaction);
        var isLate = row.DeadlineAt <= at && row.State is "attempting" or "unknown" or "sent";
        if (row.Plan == 0 && !isLate)
        {
            // Another process was first, or a receipt came.
            return;
        }

        await connection.ExecuteAsync("update deliveries set plan = 0, deadline_at = null where id = @id", new { id }, transaction);
        var isUnanswered = row.State is "attempting" or "unknown";
        if (isUnanswered)
        {
            // It may still have gone out; but nobody waits for it any longer, and a late word about it changes nothing.
            await connection.ExecuteAsync(
                "update deliveries set state = 'undeliverable', reason = @reason, sealed_body = null, updated_at = @at where id = @id",
                new { id, at, reason = DeliveryReasons.Unconfirmed },
                transaction);
            await connection.ExecuteAsync(
                "insert into delivery_events (delivery_id, state, reason, at) values (@id, 'undeliverable', @reason, @at) on conflict (delivery_id, state) do nothing",
                new { id, at, reason = DeliveryReasons.Unconfirmed },
                transaction);
            await connection.ExecuteAsync("update attempts set state = 'unknown', ended_at = @at where id = @attempt and state = 'begun'", new { attempt = row.AttemptId, at }, transaction);
        }

        if (held is not { } code || code.Passcode.StateAt(now) != PasscodeState.Live || code.Passcode.Generation != row.Generation)
        {
            return;
        }

        var before = (await connection.QueryAsync<(string Channel, int Generation, int Number)>(
            "select channel, generation, number from deliveries where passcode_id = @passcodeId", new { passcodeId }, transaction)).ToList();
        var used = before.Where(other => other.Generation == row.Generation).Select(other => DeliveryChannels.Parse(other.Channel)!.Value).ToHashSet();
        var plan = DeliveryPlan.Next(code.Passcode.Channels, used, await passcodes.OutlookAsync(transaction, code.Contact, away));
        await deliveries.EnqueueCodeAsync(transaction, code.Passcode, code.Contact, plan, before.Max(other => other.Number), now);
        if (plan.Channel is null)
        {
            await PasscodeStore.WipeAsync(transaction, passcodeId!);
        }
    }

    sealed record Row
    {
        public string State { get; init; } = "";

        public int Plan { get; init; }

        public long? DeadlineAt { get; init; }

        public int Generation { get; init; }

        public string? AttemptId { get; init; }
    }
}
