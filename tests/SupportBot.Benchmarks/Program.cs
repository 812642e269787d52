namespace SupportBot.Benchmarks;

static class Program
{
    const string Usage =
        """
        usage: dotnet run -c Release --project tests/SupportBot.Benchmarks -- turns [--connections 16] [--seconds 4] [--rounds 4]

        turns   a signed voice turn with a durable commit, against an empty endpoint of the same host (form in, XML out) under the same load.
                SQLite always; PostgreSQL where TEST_POSTGRESQL holds its connection string.
        """;

    static async Task<int> Main(string[] args)
    {
#pragma warning disable RS0030 // The report of a benchmark goes to the terminal.
        var output = Console.Out;
#pragma warning restore RS0030
        if (args is not ["turns", .. var settings] || Load.Parse(settings) is not { } load)
        {
            await output.WriteLineAsync(Usage);
            return 2;
        }

        await new TurnBenchmark(load, output).RunAsync();
        return 0;
    }
}
