using System.Globalization;
using System.Reflection;
using Dapper;

namespace SupportBot.Knowledge.Storage;

/// <summary>Applies the numbered scripts that a database lacks. Safe when several processes start at once.</summary>
public sealed class Migrator(Database database, TimeProvider time)
{
    // Any number that no other program on the same PostgreSQL uses for its locks.
    const long LockKey = 0x53_75_70_42_6F_74;

    /// <summary>Names of the scripts applied now; empty when the database was current.</summary>
    public Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken) => database.WriteAsync<IReadOnlyList<string>>(
        async transaction =>
        {
            var connection = transaction.Connection!;
            if (database.Dialect == Dialect.PostgreSql)
            {
                await connection.ExecuteAsync("select pg_advisory_xact_lock(@LockKey)", new { LockKey }, transaction);
            }

            await connection.ExecuteAsync("create table if not exists migrations (name text primary key, applied_at bigint not null)", transaction: transaction);
            var applied = (await connection.QueryAsync<string>("select name from migrations", transaction: transaction)).ToHashSet(StringComparer.Ordinal);
            var missing = Scripts().Where(script => !applied.Contains(script.Name)).ToList();
            foreach (var (name, sql) in missing)
            {
                await connection.ExecuteAsync(sql, transaction: transaction);
                await connection.ExecuteAsync(
                    "insert into migrations (name, applied_at) values (@name, @at)",
                    new { name, at = time.GetUtcNow().ToUnixTimeMilliseconds() },
                    transaction);
            }

            return (true, [.. missing.Select(script => script.Name)]);
        },
        cancellationToken);

    static IEnumerable<(string Name, string Sql)> Scripts()
    {
        const string prefix = "SupportBot.Knowledge.Storage.Migrations.";
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return (resource[prefix.Length..].Replace(".sql", "", ignoreCase: false, CultureInfo.InvariantCulture), reader.ReadToEnd());
        }
    }
}
