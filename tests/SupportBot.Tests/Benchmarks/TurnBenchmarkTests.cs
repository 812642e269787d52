using System.Diagnostics;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Benchmarks;

public sealed class TurnBenchmarkTests
{
    /// <summary>Only that it runs: its figures depend on the machine.</summary>
    [Fact]
    public async Task The_benchmark_of_turns_prints_a_ratio_for_each_database()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        using var benchmark = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                RepositoryFolder.Of("tests", "SupportBot.Benchmarks", "bin", configuration, "net10.0", "SupportBot.Benchmarks.dll"),
                "turns", "--connections", "2", "--seconds", "0.3", "--rounds", "1",
            ])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;

        var report = await benchmark.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await benchmark.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(benchmark.ExitCode == 0, report);
        Assert.Equal(2, report.Split('\n').Count(line => line.TrimStart().StartsWith("ratio ", StringComparison.Ordinal)));
    }
}
