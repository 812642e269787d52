using System.Collections.Immutable;
using Dapper;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.ApiKeys;

/// <summary>Keys of other systems, hashed. Every request looks here, so a revoked key stops working at once, in every process.</summary>
public sealed class ApiKeyStore(Database database)
{
    /// <summary>A new key. Null when a working key has that name already.</summary>
    public Task<ApiKeySecret?> AddAsync(string name, ImmutableArray<string> scopes, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync<ApiKeySecret?>(
        async transaction =>
        {
            var secret = ApiKeySecret.Random();
            var isAdded = await transaction.Connection!.ExecuteAsync(
                """
                insert into api_keys (id, name, hash, scopes, created_at) values (@id, @name, @hash, @scopes, @at)
                on conflict (name) where revoked_at is null do nothing
                """,
                new { id = secret.Id, name, hash = secret.Hash, scopes = string.Join(',', scopes), at = now.ToUnixTimeMilliseconds() },
                transaction) == 1;
            return (isAdded, isAdded ? secret : null);
        },
        cancellationToken);

    /// <summary>All keys, oldest first, revoked ones too.</summary>
    public Task<ImmutableArray<ApiKey>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (await connection.QueryAsync<Row>("select id, name, hash, scopes, created_at, revoked_at from api_keys order by created_at, id"))
            .Select(row => row.ToKey()).ToImmutableArray(),
        cancellationToken);

    /// <summary>False when no working key has that name.</summary>
    public Task<bool> RevokeAsync(string name, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        async transaction => (true, await transaction.Connection!.ExecuteAsync(
            "update api_keys set revoked_at = @at where name = @name and revoked_at is null", new { name, at = now.ToUnixTimeMilliseconds() }, transaction) > 0),
        cancellationToken);

    /// <summary>The key that a secret belongs to. Null for a wrong, revoked or malformed one.</summary>
    public async Task<ApiKey?> FindAsync(string secret, CancellationToken cancellationToken)
    {
        if (ApiKeySecret.Parse(secret) is not { } parsed)
        {
            return null;
        }

        var row = await database.ReadAsync(
            connection => connection.QuerySingleOrDefaultAsync<Row>(
                "select id, name, hash, scopes, created_at, revoked_at from api_keys where id = @id and revoked_at is null", new { id = parsed.Id }),
            cancellationToken);
        return row is not null && parsed.Matches(row.Hash) ? row.ToKey() : null;
    }

    sealed record Row
    {
        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string Hash { get; init; } = "";

        public string Scopes { get; init; } = "";

        public long CreatedAt { get; init; }

        public long? RevokedAt { get; init; }

        internal ApiKey ToKey() => new(
            Id, Name, [.. Scopes.Split(',', StringSplitOptions.RemoveEmptyEntries)], DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            RevokedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null);
    }
}
