using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Npgsql;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Limits;
using SupportBot.Knowledge.Notices;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Secrets;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Tests.Harness;

/// <summary>A database of its own for one test, with the key file beside it; gone when disposed.</summary>
sealed class TestStorage : IAsyncDisposable
{
    static readonly Lazy<Task<string>> migrated = new(MakeTemplateAsync);

    readonly Engine engine;
    readonly string name;
    readonly List<Database> opened = [];

    TestStorage(Engine engine, string name, string folder, string connectionString)
    {
        this.engine = engine;
        this.name = name;
        Folder = folder;
        ConnectionString = connectionString;
        Database = OpenAnother();
        Secrets = OpenSecrets(Database);
        Consents = new(Secrets);
        Conversations = new(Database);
        Transcripts = new(Database);
        Escalations = new(Database, Secrets);
        Deliveries = OpenDeliveries(Database);
        Passcodes = OpenPasscodes(Database);
    }

    internal string Folder { get; }

    internal string ConnectionString { get; }

    internal string KeyFile => Path.Combine(Folder, "supportbot.key");

    internal Database Database { get; }

    internal SecretKeys Secrets { get; }

    internal ConsentStore Consents { get; }

    internal ConversationStore Conversations { get; }

    internal TranscriptStore Transcripts { get; }

    internal EscalationStore Escalations { get; }

    internal DeliveryStore Deliveries { get; }

    internal PasscodeStore Passcodes { get; }

    /// <summary>Settings of the stores; a test may change them before it begins.</summary>
    internal PasscodeOptions PasscodeOptions { get; } = new();

    internal LimitOptions LimitOptions { get; } = new() { ContactPerTenMinutes = 100_000, ContactPerDay = 100_000, AccountPerDay = 100_000 };

    internal DeliveryOptions DeliveryOptions { get; } = new();

    internal ManualTime Time { get; } = new();

    /// <summary>The settings under which a host uses this database.</summary>
    internal string[] Arguments =>
        [$"--Storage:Engine={engine.ToString().ToLowerInvariant()}", $"--Storage:ConnectionString={ConnectionString}", $"--Secrets:KeyFile={KeyFile}"];

    /// <summary>A database with all tables.</summary>
    internal static async Task<TestStorage> CreateAsync(Engine engine)
    {
        if (engine == Engine.PostgreSql)
        {
            return await CreatePostgreSqlAsync(await migrated.Value);
        }

        var storage = await CreateEmptyAsync(engine);
        await new Migrator(storage.Database, TimeProvider.System).MigrateAsync(TestContext.Current.CancellationToken);
        return storage;
    }

    /// <summary>A database without any table.</summary>
    internal static async Task<TestStorage> CreateEmptyAsync(Engine engine)
    {
        if (engine == Engine.PostgreSql)
        {
            return await CreatePostgreSqlAsync("template0");
        }

        var folder = Directory.CreateTempSubdirectory("supportbot-test-").FullName;
        return new(engine, "", folder, $"Data Source={Path.Combine(folder, "supportbot.db")}");
    }

    /// <summary>The same database as another process would open it.</summary>
    internal Database OpenAnother()
    {
        var database = new Database(Options.Create(new StorageOptions { Engine = engine.ToString().ToLowerInvariant(), ConnectionString = ConnectionString }));
        opened.Add(database);
        return database;
    }

    /// <summary>The outbox as another process would use it.</summary>
    internal DeliveryStore OpenDeliveries(Database database) => new(database, Secrets, Consents, Options.Create(DeliveryOptions));

    /// <summary>The passcodes as another process would use them.</summary>
    internal PasscodeStore OpenPasscodes(Database database) => new(
        database, Secrets, new(Secrets), Consents, OpenDeliveries(database), new(database, new FixedOptions<LimitOptions>(LimitOptions), Time), OpenHealth(database),
        new(database, Options.Create(new OwnerOptions())), Options.Create(PasscodeOptions), Options.Create(LimitOptions));

    internal CarrierHealth OpenHealth(Database database) => new(database, new FixedOptions<DeliveryOptions>(DeliveryOptions), Time);

    internal DeliveryPlanner OpenPlanner(Database database) =>
        new(database, OpenDeliveries(database), OpenPasscodes(database), OpenHealth(database), new Knowledge.Signals.LocalSignals(), Time);

    internal SecretKeys OpenSecrets(Database database) => new(Options.Create(new SecretsOptions { KeyFile = KeyFile }), database);

    /// <summary>One committed transaction.</summary>
    internal Task<T> WriteAsync<T>(Func<System.Data.Common.DbTransaction, Task<T>> write) => Database.WriteAsync(
        async transaction => (true, await write(transaction)), TestContext.Current.CancellationToken);

    /// <summary>One value of the database as it is committed.</summary>
    internal Task<T?> ScalarAsync<T>(string sql, object? arguments = null) =>
        Database.ReadAsync(connection => Dapper.SqlMapper.ExecuteScalarAsync<T>(connection, sql, arguments), TestContext.Current.CancellationToken);

    /// <summary>Every row of every table, as text.</summary>
    internal Task<List<string>> EverythingAsync() => Database.ReadAsync(
        async connection =>
        {
            var tables = await Dapper.SqlMapper.QueryAsync<string>(
                connection,
                engine == Engine.Sqlite ? "select name from sqlite_master where type = 'table'" : "select table_name from information_schema.tables where table_schema = 'public'");
            var rows = new List<string>();
            foreach (var table in tables)
            {
                foreach (IDictionary<string, object?> row in await Dapper.SqlMapper.QueryAsync(connection, $"select * from {table}"))
                {
                    rows.Add($"{table}: {string.Join(" | ", row.Values)}");
                }
            }

            return rows;
        },
        TestContext.Current.CancellationToken);

    static async Task<TestStorage> CreatePostgreSqlAsync(string from)
    {
        var database = $"test_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        await AdministerAsync($"create database {database} template {from}");
        return new(Engine.PostgreSql, database, Directory.CreateTempSubdirectory("supportbot-test-").FullName, ConnectionTo(database, pooled: true));
    }

    static async Task<string> MakeTemplateAsync()
    {
        const string template = "supportbot_template";
        await AdministerAsync($"drop database if exists {template} with (force)");
        await AdministerAsync($"create database {template} template template0");

        // A pooled connection left open would keep others from copying the template.
        await using var database = new Database(Options.Create(new StorageOptions { Engine = "postgresql", ConnectionString = ConnectionTo(template, pooled: false) }));
        await new Migrator(database, TimeProvider.System).MigrateAsync(CancellationToken.None);
        return template;
    }

    static string Server => Environment.GetEnvironmentVariable("TEST_POSTGRESQL")
        ?? throw new InvalidOperationException("TEST_POSTGRESQL names no PostgreSQL. Run the tests with tests/run, which starts one.");

    static string ConnectionTo(string database, bool pooled) =>
        new NpgsqlConnectionStringBuilder(Server) { Database = database, Pooling = pooled, MaxPoolSize = 20 }.ConnectionString;

    static async Task AdministerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Names made here; a database name cannot be a parameter.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in opened)
        {
            await database.DisposeAsync();
        }

        if (engine == Engine.PostgreSql)
        {
            await AdministerAsync($"drop database if exists {name} with (force)");
        }

        Directory.Delete(Folder, recursive: true);
    }
}
