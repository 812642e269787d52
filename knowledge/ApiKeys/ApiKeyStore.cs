using System.Collections.Immutable;
using Dapper;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.ApiKeys;

/// <summary>Keys of other systems, hashed. Every request looks here, so a revoked key stops working at once, in every process.</summary>
public sealed class ApiKeyStore(Database database)
{
    const int MostTogether = 256;

    Gathering<string, Row?>? finding;

    /// <summary>Requests that come while the database is being asked are answered together, by the next look.</summary>
    Gathering<string, Row?> Finding => LazyInitializer.EnsureInitialized(ref finding, () => new(FindAsync, MostTogether, lanes: 2));

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

        var row = await Finding.AddAsync(parsed.Id, cancellationToken);
        return row is not null && parsed.Matches(row.Hash) ? row.ToKey() : null;
    }

    async Task FindAsync(IReadOnlyList<Gathered<string, Row?>> wanted)
    {
        var ids = wanted.Select(one => one.Item).Distinct(StringComparer.Ordinal).ToList();
        var rows = await database.ReadAsync(
            async connection => (await connection.QueryAsync<Row>(
                $"select id, name, hash, scopes, created_at, revoked_at from api_keys where {database.Dialect.OneOf("id", "@ids")} and revoked_at is null", new { ids }))
                .ToDictionary(row => row.Id, StringComparer.Ordinal),
            CancellationToken.None);
        foreach (var one in wanted)
        {
            one.Succeed(rows.GetValueOrDefault(one.Item));
        }
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
