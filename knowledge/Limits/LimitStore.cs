using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Limits;

/// <summary>One limit that a request counts against.</summary>
/// <param name="Name">Which limit; with <paramref name="Subject"/> the name of the counter.</param>
/// <param name="Subject">A fingerprint, never a number in clear; or a range, country or key.</param>
/// <param name="Most">Within one window.</param>
/// <param name="IsShared">Many requests at once count here, so the counter is split.</param>
public readonly record struct Limit(string Name, string Subject, int Most, TimeSpan Window, bool IsShared = false);

/// <summary>A limit that was reached.</summary>
/// <param name="RetryAfter">Until its window ends.</param>
public sealed record LimitReached(string Name, TimeSpan RetryAfter);

/// <summary>Counters in fixed windows, the same for all processes.</summary>
public sealed class LimitStore(Database database, IOptionsMonitor<LimitOptions> options, TimeProvider time)
{
    const int Shards = 16;

    static readonly TimeSpan freshness = TimeSpan.FromMinutes(1);
    static readonly TimeSpan useWindow = TimeSpan.FromHours(1);

    /// <summary>A code that was just sent cannot have been typed yet.</summary>
    static readonly TimeSpan useDelay = TimeSpan.FromMinutes(10);

    int isLooking;
    volatile UseShare share = new(DateTimeOffset.MinValue, 0, 0);

    /// <summary>Security codes issued in the last hour, and how many were used; at most a minute old.</summary>
    public UseShare Share => share;

    /// <summary>Whether too few codes are used at present.</summary>
    public bool IsTight => options.CurrentValue is var settings && share.Issued >= settings.UseShareFewest && share.Used < settings.UseShareAlarm * share.Issued;

    /// <summary>The part of a limit that holds at present.</summary>
    public int Tightened(int most) => IsTight ? Math.Max(1, most / options.CurrentValue.TightenBy) : most;

    /// <summary>
    /// Counts one request against all limits, in one statement of the caller's transaction, and names the one that is reached, if any. The caller rolls back
    /// then, so that what is refused does not count.
    /// </summary>
    public async Task<LimitReached?> TakeAsync(DbTransaction transaction, ImmutableArray<Limit> limits, DateTimeOffset now)
    {
        if (limits.IsEmpty)
        {
            return null;
        }

        // One order for all, so that two requests never wait for each other.
        limits = [.. limits.OrderBy(limit => limit.Name, StringComparer.Ordinal).ThenBy(limit => limit.Subject, StringComparer.Ordinal)];
        var values = new StringBuilder();
        var shared = new StringBuilder();
        var arguments = new DynamicParameters();
        var at = now.ToUnixTimeMilliseconds();
        for (var index = 0; index < limits.Length; index++)
        {
            var limit = limits[index];
            values.Append(CultureInfo.InvariantCulture, $"{(index > 0 ? ", " : "")}(@n{index}, @s{index}, @w{index}, @h{index}, 1)");
            arguments.Add($"n{index}", limit.Name);
            arguments.Add($"s{index}", limit.Subject);
            arguments.Add($"w{index}", StartOf(limit, now));
            arguments.Add($"h{index}", limit.IsShared ? RandomNumberGenerator.GetInt32(Shards) : 0);
            if (limit.IsShared)
            {
                shared.Append(CultureInfo.InvariantCulture, $"{(shared.Length > 0 ? " or " : "")}(name = @n{index} and subject = @s{index} and window_start = @w{index})");
            }
        }

        var connection = transaction.Connection!;
        var counts = (await connection.QueryAsync<Count>(
            $"""
            insert into limit_counters (name, subject, window_start, shard, count) values {values}
            on conflict (name, subject, window_start, shard) do update set count = limit_counters.count + 1
            returning name, count as total
            """,
            arguments,
            transaction)).ToDictionary(count => count.Name, count => count.Total, StringComparer.Ordinal);
        if (shared.Length > 0)
        {
            foreach (var count in await connection.QueryAsync<Count>($"select name, sum(count) as total from limit_counters where {shared} group by name", arguments, transaction))
            {
                counts[count.Name] = count.Total;
            }
        }

        foreach (var limit in limits)
        {
            if (counts[limit.Name] > limit.Most)
            {
                var window = (long)limit.Window.TotalMilliseconds;
                return new(limit.Name, TimeSpan.FromMilliseconds(window - (at % window)));
            }
        }

        return null;
    }

    /// <summary>
    /// Counts many requests at once, in one statement of the caller's transaction. Which of them stand against a limit that would be reached: the caller rolls
    /// back when there are any, and asks for each of them alone.
    /// </summary>
    /// <param name="requests">The limits of each, and its time.</param>
    public async Task<ImmutableHashSet<int>> TakeAsync(DbTransaction transaction, IReadOnlyList<(ImmutableArray<Limit> Limits, DateTimeOffset At)> requests)
    {
        var taken = requests.SelectMany((request, index) => request.Limits.Select(limit => (Index: index, Limit: limit, Start: StartOf(limit, request.At))))
            .GroupBy(one => (one.Limit.Name, one.Limit.Subject, one.Start)).ToList();
        var rows = Rows.Of(taken.Select(group => new CounterRow(
            group.Key.Name, group.Key.Subject, group.Key.Start, group.First().Limit.IsShared ? RandomNumberGenerator.GetInt32(Shards) : 0, group.Count())));
        var shared = Rows.Of(taken.Where(group => group.First().Limit.IsShared).Select(group => new CounterRow(group.Key.Name, group.Key.Subject, group.Key.Start, 0, 0)));
        using var results = await transaction.Connection!.QueryMultipleAsync(
            $"""
            insert into limit_counters (name, subject, window_start, shard, count)
            select r.name, r.subject, r.start, r.shard, r.taken from {database.Dialect.Each("@rows", "name text, subject text, start bigint, shard integer, taken integer")} where true order by 1, 2, 3, 4
            on conflict (name, subject, window_start, shard) do update set count = limit_counters.count + excluded.count
            returning name, subject, window_start, count as total;

            select c.name, c.subject, c.window_start, sum(c.count) as total from {database.Dialect.Each("@shared", "name text, subject text, start bigint")}
            join limit_counters c on c.name = r.name and c.subject = r.subject and c.window_start = r.start
            group by c.name, c.subject, c.window_start
            """,
            new { rows, shared },
            transaction);
        var totals = new Dictionary<(string, string, long), long>();
        foreach (var count in (await results.ReadAsync<Count>()).Concat(await results.ReadAsync<Count>()))
        {
            totals[(count.Name, count.Subject, count.WindowStart)] = count.Total;
        }

        return [.. taken.SelectMany(group => group.Where(one => totals[group.Key] > one.Limit.Most)).Select(one => one.Index)];
    }

    static long StartOf(Limit limit, DateTimeOffset now) => now.ToUnixTimeMilliseconds() / (long)limit.Window.TotalMilliseconds * (long)limit.Window.TotalMilliseconds;

    /// <summary>As <see cref="TakeAsync(DbTransaction, ImmutableArray{Limit}, DateTimeOffset)"/>, in a transaction of its own.</summary>
    public Task<LimitReached?> TakeAsync(ImmutableArray<Limit> limits, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        async transaction =>
        {
            var reached = await TakeAsync(transaction, limits, now);
            return (reached is null, reached);
        },
        cancellationToken);

    /// <summary>Looks again how many codes are used, when the last look is a minute old. True when it has just become too few.</summary>
    public async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if ((now - share.At).Duration() < freshness || Interlocked.Exchange(ref isLooking, 1) == 1)
        {
            return false;
        }

        try
        {
            var wasTight = IsTight;
            var row = await database.ReadAsync(
                connection => connection.QuerySingleAsync<(long Issued, long Used)>(
                    """
                    select count(*), coalesce(sum(case when state = 'accepted' then 1 else 0 end), 0) from passcodes
                    where kind = 'security' and created_at > @since and created_at <= @until
                    """,
                    new { since = (now - useWindow - useDelay).ToUnixTimeMilliseconds(), until = (now - useDelay).ToUnixTimeMilliseconds() }),
                cancellationToken);
            share = new(now, (int)row.Issued, (int)row.Used);
            return !wasTight && IsTight;
        }
        finally
        {
            Volatile.Write(ref isLooking, 0);
        }
    }

    /// <summary>Removes counters whose windows are long over, in one statement.</summary>
    public Task ForgetAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync(
            "delete from limit_counters where window_start < @before", new { before = now.AddDays(-2).ToUnixTimeMilliseconds() }, transaction),
        cancellationToken);

    sealed record CounterRow(string Name, string Subject, long Start, int Shard, int Taken);

    sealed record Count
    {
        public string Name { get; init; } = "";

        public string Subject { get; init; } = "";

        public long WindowStart { get; init; }

        public long Total { get; init; }
    }
}

/// <summary>How many security codes of the last hour were used.</summary>
public sealed record UseShare(DateTimeOffset At, int Issued, int Used);
