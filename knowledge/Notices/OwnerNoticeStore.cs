using System.Data.Common;
using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Notices;

/// <summary>Something an owner is told.</summary>
public sealed record OwnerNotice
{
    /// <summary>The person whom a code was for says that they never asked for it; it has been voided.</summary>
    public const string Disavowed = "passcode.disavowed";

    /// <summary>The same however often it is sent.</summary>
    public string Id { get; init; } = "";

    /// <summary>Name of the API key.</summary>
    public string Owner { get; init; } = "";

    /// <summary>JSON: <c>type</c>, <c>timestamp</c>, <c>data</c>.</summary>
    public string Body { get; init; } = "";

    /// <summary>Made so far, this one included.</summary>
    public int Tries { get; init; }
}

/// <summary>The outbox of webhooks: written with what causes a notice, sent until it is taken, at least once.</summary>
public sealed class OwnerNoticeStore(Database database, IOptions<OwnerOptions> options)
{
    /// <summary>Subject of the wake-up for the sender.</summary>
    public const string Signal = "owner-notices";

    static readonly TimeSpan lease = TimeSpan.FromMinutes(1);

    /// <summary>Waits between tries, after which nobody tries any more (Standard Webhooks' schedule: some three days).</summary>
    static readonly TimeSpan[] waits =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(14),
        TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>Writes a notice in the caller's transaction; nothing for an owner without a webhook.</summary>
    /// <param name="data">What happened; no number, address or code.</param>
    public async Task EnqueueAsync(DbTransaction transaction, string owner, string type, object data, DateTimeOffset now)
    {
        if (options.Value.ContainsKey(owner))
        {
            await transaction.Connection!.ExecuteAsync(
                "insert into owner_notices (id, owner, body, tries, due_at, created_at) values (@id, @owner, @body, 0, @at, @at)",
                new
                {
                    id = "msg_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)),
                    owner,
                    body = JsonSerializer.Serialize(new { type, timestamp = now.UtcDateTime, data }),
                    at = now.ToUnixTimeMilliseconds(),
                },
                transaction);
        }
    }

    /// <summary>Claims the next notice that is due, for a minute; null when there is none.</summary>
    public async Task<OwnerNotice?> ClaimAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        const string due = "due_at <= @at";
        var at = now.ToUnixTimeMilliseconds();
        var isDue = await database.ReadAsync(connection => connection.ExecuteScalarAsync<int>($"select count(*) from owner_notices where {due}", new { at }), cancellationToken) > 0;
        return !isDue ? null : await database.WriteAsync(
            async transaction =>
            {
                var id = await transaction.Connection!.ExecuteScalarAsync<string?>(
                    $"select id from owner_notices where {due} order by due_at limit 1 {database.Dialect.ClaimLock}", new { at }, transaction);
                return id is null ? (false, null) : (true, (OwnerNotice?)await transaction.Connection!.QuerySingleAsync<OwnerNotice>(
                    "update owner_notices set tries = tries + 1, due_at = @until where id = @id returning id, owner, body, tries",
                    new { id, until = now.Add(lease).ToUnixTimeMilliseconds() },
                    transaction));
            },
            cancellationToken);
    }

    /// <summary>The owner took it.</summary>
    public Task DoneAsync(OwnerNotice notice, CancellationToken cancellationToken) => DueAsync(notice, due: null, cancellationToken);

    /// <summary>The owner did not take it. False when it was the last try.</summary>
    public async Task<bool> FailedAsync(OwnerNotice notice, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var next = notice.Tries <= waits.Length ? now + waits[notice.Tries - 1] : (DateTimeOffset?)null;
        await DueAsync(notice, next, cancellationToken);
        return next is not null;
    }

    Task DueAsync(OwnerNotice notice, DateTimeOffset? due, CancellationToken cancellationToken) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync(
            "update owner_notices set due_at = @due where id = @id", new { id = notice.Id, due = due?.ToUnixTimeMilliseconds() }, transaction),
        cancellationToken);
}
