using System.Collections.Concurrent;
using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;

namespace SupportBot.Knowledge.Storage;

/// <summary>Connections and transactions on the configured engine.</summary>
/// <remarks>
/// SQLite has one writer: turns queue for it here, in order, instead of finding each other by sleeping on a busy file, and those that queue share one
/// commit: each in a savepoint of its own, all told when all are on the disk. Commits are durable (WAL with <c>synchronous=FULL</c>; PostgreSQL's own default).
/// </remarks>
public sealed class Database : IAsyncDisposable
{
    const int BusyMilliseconds = 10_000;
    const int CheckpointPages = 8_000;
    const int CacheKilobytes = 32_768;
    const int MostPrepared = 200;
    const int MostTogether = 128;
    const int MostIdleReaders = 16;
    const string Savepoint = "one";

    readonly NpgsqlDataSource? npgsql;
    readonly string sqlite;
    readonly ConcurrentBag<SqliteConnection> readers = [];
    readonly Gathering<Func<DbTransaction, Task<bool>>, bool> writing;
    SqliteConnection? writer;
    bool disposed;

    static Database()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new ListParameter());
    }

    public Database(IOptions<StorageOptions> options)
    {
        var storage = options.Value;
        writing = new(WriteTogetherAsync, MostTogether, lanes: 1);
        if (storage.Engine == "postgresql")
        {
            Dialect = Dialect.PostgreSql;
            npgsql = NpgsqlDataSource.Create(Prepared(storage.ConnectionString));
            sqlite = "";
            return;
        }

        Dialect = Dialect.Sqlite;
        var text = storage.ConnectionString.Length > 0 ? storage.ConnectionString : $"Data Source={Path.Combine(StorageOptions.DataFolder, "supportbot.db")}";
        var builder = new SqliteConnectionStringBuilder(text) { ForeignKeys = true, DefaultTimeout = BusyMilliseconds / 1000 };
        if (!builder.DataSource.StartsWith(':') && builder.Mode != SqliteOpenMode.Memory)
        {
            builder.DataSource = TypedFolder.Resolve(builder.DataSource);
            File = builder.DataSource;
            Directory.CreateDirectory(Path.GetDirectoryName(builder.DataSource)!);
        }

        sqlite = builder.ConnectionString;
    }

    /// <summary>Statements stay prepared on their connection, and no session state is kept that would have to be reset; a setting may say otherwise.</summary>
    static string Prepared(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        if (!builder.ContainsKey("Max Auto Prepare"))
        {
            builder.MaxAutoPrepare = MostPrepared;
            builder.AutoPrepareMinUsages = 2;
        }

        if (!builder.ContainsKey("No Reset On Close"))
        {
            builder.NoResetOnClose = true;
        }

        return builder.ConnectionString;
    }

    public Dialect Dialect { get; }

    /// <summary>The SQLite file; null for PostgreSQL.</summary>
    public string? File { get; }

    /// <summary>Reads outside any transaction.</summary>
    public async Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        if (npgsql is not null)
        {
            await using var pooled = await npgsql.OpenConnectionAsync(cancellationToken);
            return await read(pooled);
        }

        if (!readers.TryTake(out var connection))
        {
            connection = await OpenAsync(cancellationToken);
        }

        var isWhole = false;
        try
        {
            var result = await read(connection);
            isWhole = true;
            return result;
        }
        finally
        {
            if (isWhole && !disposed && readers.Count < MostIdleReaders)
            {
                readers.Add(connection);
            }
            else
            {
                await connection.DisposeAsync();
            }
        }
    }

    /// <summary>One transaction: committed when <paramref name="write"/> returns true beside its result, rolled back otherwise.</summary>
    public async Task<T> WriteAsync<T>(Func<DbTransaction, Task<(bool Commit, T Result)>> write, CancellationToken cancellationToken)
    {
        if (npgsql is not null)
        {
            await using var connection = await npgsql.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var (commit, written) = await write(transaction);

            // Past this point a caller who goes away no longer matters.
            await (commit ? transaction.CommitAsync(CancellationToken.None) : transaction.RollbackAsync(CancellationToken.None));
            return written;
        }

        T result = default!;
        await writing.AddAsync(
            async transaction =>
            {
                (var commit, result) = await write(transaction);
                return commit;
            },
            cancellationToken);
        return result;
    }

    public Task WriteAsync(Func<DbTransaction, Task> write, CancellationToken cancellationToken) =>
        WriteAsync(
            async transaction =>
            {
                await write(transaction);
                return (true, true);
            },
            cancellationToken);

    async Task WriteTogetherAsync(IReadOnlyList<Gathered<Func<DbTransaction, Task<bool>>, bool>> batch)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        writer ??= await OpenAsync(CancellationToken.None);
        var isWorthwhile = false;
        var failed = new Exception?[batch.Count];
        await using (var transaction = writer.BeginTransaction(deferred: false))
        {
            for (var index = 0; index < batch.Count; index++)
            {
                await transaction.SaveAsync(Savepoint);
                var commit = false;
                try
                {
                    commit = await batch[index].As(write => write(transaction));
                    isWorthwhile |= commit;
                }
                catch (Exception exception)
                {
                    failed[index] = exception;
                }

                if (!commit)
                {
                    // Throws when an error has ended the whole transaction; then nothing of the batch is kept, and all are told.
                    await transaction.RollbackAsync(Savepoint);
                }

                await transaction.ReleaseAsync(Savepoint);
            }

            await (isWorthwhile ? transaction.CommitAsync() : transaction.RollbackAsync());
        }

        for (var index = 0; index < batch.Count; index++)
        {
            if (failed[index] is { } exception)
            {
                batch[index].Fail(exception);
            }
            else
            {
                batch[index].Succeed(true);
            }
        }
    }

    async Task<SqliteConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new PreparedConnection(sqlite, MostPrepared);
        await connection.OpenAsync(cancellationToken);
        await using var pragma = connection.CreateCommand();
        pragma.CommandText = $"pragma busy_timeout = {BusyMilliseconds}; pragma journal_mode = wal; pragma synchronous = full; pragma temp_store = memory; "
            + $"pragma wal_autocheckpoint = {CheckpointPages}; pragma cache_size = -{CacheKilobytes};";
        await pragma.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, true))
        {
            return;
        }

        if (npgsql is not null)
        {
            await npgsql.DisposeAsync();
            return;
        }

        await writing.IdleAsync();
        writer?.Dispose();
        while (readers.TryTake(out var reader))
        {
            reader.Dispose();
        }

        // Pooled handles would keep the file's journal open after the last use.
        using var any = new SqliteConnection(sqlite);
        SqliteConnection.ClearPool(any);
    }
}
