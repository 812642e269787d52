namespace SupportBot.Benchmarks;

static class Program
{
    const string Usage =
        """
        usage: dotnet run -c Release --project tests/SupportBot.Benchmarks -- turns [--connections 16] [--seconds 4] [--rounds 4]
               dotnet run -c Release --project tests/SupportBot.Benchmarks -- codes [--connections 16] [--seconds 4] [--rounds 4]
               dotnet run -c Release --project tests/SupportBot.Benchmarks -- intents | messages | sizes

        turns   a signed voice turn with a durable commit, against an empty endpoint of the same host (form in, XML out) under the same load.
                SQLite always; PostgreSQL where TEST_POSTGRESQL holds its connection string.
        codes   from POST /v1/passcodes to the carrier, against a plain loop that posts the same forms to it. Databases as for turns.
        intents the ranker beside NLP.js and SQLite FTS5 on public intent sets, from the root of the working copy.
        messages what reading one message costs, from the root of the working copy; pinned to a processor it is one core's time.
        sizes   what up to 100,000 phrasings cost, from the root of the working copy.
        """;

    static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["turns", .. var settings] when Load.Parse(settings) is { } load:
                await new TurnBenchmark(load, Report.Output).RunAsync();
                return 0;
            case ["codes", .. var settings] when Load.Parse(settings) is { } load:
                await new CodesBenchmark(load, Report.Output).RunAsync();
                return 0;
            case ["intents"]:
                await IntentsBenchmark.RunAsync();
                return 0;
            case ["messages"]:
                await MessagesBenchmark.RunAsync();
                return 0;
            case ["sizes"]:
                await SizesBenchmark.RunAsync();
                return 0;
            default:
                await Report.Output.WriteLineAsync(Usage);
                return 2;
        }
    }
}
