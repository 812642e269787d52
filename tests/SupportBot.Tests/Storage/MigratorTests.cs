using System.Diagnostics;
using SupportBot.Knowledge.Storage;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Storage;

public sealed class MigratorTests
{
    [Theory, DatabaseMatrix]
    public async Task Scripts_are_applied_in_order_and_once(Engine engine)
    {
        await using var storage = await TestStorage.CreateEmptyAsync(engine);
        var time = new ManualTime();

        var first = await new Migrator(storage.Database, time).MigrateAsync(TestContext.Current.CancellationToken);
        var second = await new Migrator(storage.OpenAnother(), time).MigrateAsync(TestContext.Current.CancellationToken);

        Assert.Equal("0001_conversations", first[0]);
        Assert.Equal(first.Order(StringComparer.Ordinal), first);
        Assert.Empty(second);
        Assert.Equal(first.Count, await storage.ScalarAsync<int>("select count(*) from migrations"));
    }

    [Theory, DatabaseMatrix]
    public async Task Several_that_start_at_once_apply_each_script_once(Engine engine)
    {
        await using var storage = await TestStorage.CreateEmptyAsync(engine);
        var databases = Enumerable.Range(0, 8).Select(_ => storage.OpenAnother()).ToList();

        var applied = await Task.WhenAll(databases.Select(database => Task.Run(() =>
            new Migrator(database, TimeProvider.System).MigrateAsync(TestContext.Current.CancellationToken))));

        Assert.Single(applied, scripts => scripts.Count > 0);
    }

    [Theory, DatabaseMatrix]
    public async Task Two_processes_that_start_at_once_both_come_up(Engine engine)
    {
        await using var storage = await TestStorage.CreateEmptyAsync(engine);

        var ends = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => MigrateInProcessAsync(storage)));

        Assert.All(ends, end => Assert.True(end.ExitCode == 0, end.Output));
        Assert.Single(ends, end => end.Output.Contains("Applied 0001_conversations", StringComparison.Ordinal));
        Assert.Single(ends, end => end.Output.Contains("up to date", StringComparison.Ordinal));
    }

    [Theory, DatabaseMatrix]
    public async Task Commits_are_durable(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);

        if (engine == Engine.Sqlite)
        {
            Assert.Equal("wal", await storage.ScalarAsync<string>("pragma journal_mode"));
            Assert.Equal(2, await storage.ScalarAsync<int>("pragma synchronous"));
        }
        else
        {
            Assert.Equal("on", await storage.ScalarAsync<string>("show fsync"));
            Assert.Equal("on", await storage.ScalarAsync<string>("show synchronous_commit"));
        }
    }

    static async Task<(int ExitCode, string Output)> MigrateInProcessAsync(TestStorage storage)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "supportbot.dll"), "migrate"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in storage.Arguments)
        {
            var (key, value) = (argument[2..argument.IndexOf('=', StringComparison.Ordinal)], argument[(argument.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await errors);
    }
}
