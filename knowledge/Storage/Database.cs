using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;

namespace SupportBot.Knowledge.Storage;

/// <summary>Connections and transactions on the configured engine.</summary>
/// <remarks>
/// SQLite has one writer: turns queue for it here, in order, instead of finding each other by sleeping on a busy file. Commits are durable
/// (WAL with <c>synchronous=FULL</c>; PostgreSQL's own default).
/// </remarks>
public sealed class Database : IAsyncDisposable
{
    const int BusyMilliseconds = 10_000;

    readonly NpgsqlDataSource? npgsql;
    readonly string sqlite;
    readonly SemaphoreSlim writing = new(1, 1);
    SqliteConnection? writer;
    bool disposed;

    static Database() => Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;

    public Database(IOptions<StorageOptions> options)
    {
        var storage = options.Value;
        if (storage.Engine == "postgresql")
        {
            Dialect = Dialect.PostgreSql;
            npgsql = NpgsqlDataSource.Create(storage.ConnectionString);
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

    public Dialect Dialect { get; }

    /// <summary>The SQLite file; null for PostgreSQL.</summary>
    public string? File { get; }

    /// <summary>Reads outside any transaction.</summary>
    public async Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await read(connection);
    }

    /// <summary>One transaction: committed when <paramref name="write"/> returns true beside its result, rolled back otherwise.</summary>
    public async Task<T> WriteAsync<T>(Func<DbTransaction, Task<(bool Commit, T Result)>> write, CancellationToken cancellationToken)
    {
        if (npgsql is not null)
        {
            await using var connection = await npgsql.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            return await FinishAsync(transaction, write);
        }

        await writing.WaitAsync(cancellationToken);
        try
        {
            writer ??= (SqliteConnection)await OpenAsync(cancellationToken);
            await using var transaction = writer.BeginTransaction(deferred: false);
            return await FinishAsync(transaction, write);
        }
        finally
        {
            writing.Release();
        }
    }

    public Task WriteAsync(Func<DbTransaction, Task> write, CancellationToken cancellationToken) =>
        WriteAsync(
            async transaction =>
            {
                await write(transaction);
                return (true, true);
            },
            cancellationToken);

    static async Task<T> FinishAsync<T>(DbTransaction transaction, Func<DbTransaction, Task<(bool Commit, T Result)>> write)
    {
        var (commit, result) = await write(transaction);
        if (commit)
        {
            // Past this point a caller who goes away no longer matters.
            await transaction.CommitAsync(CancellationToken.None);
        }
        else
        {
            await transaction.RollbackAsync(CancellationToken.None);
        }

        return result;
    }

    async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (npgsql is not null)
        {
            return await npgsql.OpenConnectionAsync(cancellationToken);
        }

        var connection = new SqliteConnection(sqlite);
        await connection.OpenAsync(cancellationToken);
        await using var pragma = connection.CreateCommand();
        pragma.CommandText = $"pragma busy_timeout = {BusyMilliseconds}; pragma journal_mode = wal; pragma synchronous = full;";
        await pragma.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, true))
        {
            return;
        }

        await writing.WaitAsync();
        writer?.Dispose();
        if (npgsql is not null)
        {
            await npgsql.DisposeAsync();
        }
        else
        {
            // Pooled handles would keep the file's journal open after the last use.
            using var any = new SqliteConnection(sqlite);
            SqliteConnection.ClearPool(any);
        }
    }
}
