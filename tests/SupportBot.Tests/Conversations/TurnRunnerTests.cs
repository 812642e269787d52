using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Semantics;
using SupportBot.Knowledge.Signals;
using SupportBot.Knowledge.Storage;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Conversations;

public sealed class TurnRunnerTests
{
    static readonly Lazy<ZoneTable> zones = new(() =>
    {
        using var content = new SampleContent();
        return ZoneTable.Load(content.Folder);
    });

    [Theory, DatabaseMatrix]
    public async Task A_hundred_identical_requests_make_one_turn_and_one_answer(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var runner = Runner(storage, storage.Database);
        var request = Said("c", "SM1", Talk.Bread);

        var bodies = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => RunAsync(runner, request))));

        Assert.Single(bodies.Distinct(StringComparer.Ordinal));
        Assert.Contains("ssa-bake-bread", bodies[0], StringComparison.Ordinal);
        Assert.Equal(1, (await FindAsync(storage, "c"))!.Turns);
        Assert.Equal(1, await storage.ScalarAsync<int>("select count(*) from turns"));
    }

    [Theory, DatabaseMatrix]
    public async Task Two_processes_with_the_same_request_make_one_turn(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        TurnRunner[] runners = [Runner(storage, storage.Database), Runner(storage, storage.OpenAnother())];
        var request = Said("c", "SM1", "agent");

        var bodies = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(() => RunAsync(runners[number % 2], request))));

        Assert.Single(bodies.Distinct(StringComparer.Ordinal));
        Assert.Equal(1, await storage.ScalarAsync<int>("select count(*) from escalations"));
    }

    [Theory, DatabaseMatrix]
    public async Task Turns_of_one_conversation_that_come_at_once_are_all_taken_one_after_the_other(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        TurnRunner[] runners = [Runner(storage, storage.Database), Runner(storage, storage.OpenAnother())];
        const int turns = 40;

        // The row that turns queue for exists from the second turn on.
        await RunAsync(runners[0], Said("c", "first", "hello"));
        await Task.WhenAll(Enumerable.Range(1, turns - 1).Select(number =>
            Task.Run(() => RunAsync(runners[number % 2], Said("c", $"SM{number.ToString(CultureInfo.InvariantCulture)}", "hello")))));

        var state = await FindAsync(storage, "c");
        var transcript = await storage.Transcripts.ReadAsync(new("c"), after: 0, TestContext.Current.CancellationToken);
        Assert.Equal(turns, state!.Turns);
        Assert.Equal(Enumerable.Range(1, state.Entries), transcript.Select(entry => entry.Sequence));
        Assert.Equal(turns, transcript.Count(entry => entry.Speaker == Speaker.Person));
    }

    [Theory, DatabaseMatrix]
    public async Task Two_first_turns_that_come_at_once_are_both_taken(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        TurnRunner[] runners = [Runner(storage, storage.Database), Runner(storage, storage.OpenAnother())];

        for (var round = 0; round < 10; round++)
        {
            var conversation = $"c{round.ToString(CultureInfo.InvariantCulture)}";
            await Task.WhenAll(runners.Select((runner, number) => Task.Run(() => RunAsync(runner, Said(conversation, $"{conversation}-{number.ToString(CultureInfo.InvariantCulture)}", "hello")))));
            Assert.Equal(2, (await FindAsync(storage, conversation))!.Turns);
        }
    }

    [Theory, DatabaseMatrix]
    public async Task A_conversation_goes_on_in_another_process(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        await RunAsync(Runner(storage, storage.Database), Said("c", "1", Talk.Piano));

        var body = await RunAsync(Runner(storage, storage.OpenAnother()), Said("c", "2", "2"));

        Assert.Contains("opm-tune-piano", body, StringComparison.Ordinal);
    }

    [Theory, DatabaseMatrix]
    public async Task A_turn_that_cannot_be_rendered_leaves_nothing_behind(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var runner = Runner(storage, storage.Database);

        await Assert.ThrowsAsync<FormatException>(() => runner.RunAsync(Said("c", "1", "agent"), new Broken(), TestContext.Current.CancellationToken));

        foreach (var table in (string[])["turns", "conversations", "transcript", "escalations"])
        {
            Assert.Equal(0, await storage.ScalarAsync<int>($"select count(*) from {table}"));
        }

        Assert.Contains("case-opened", await RunAsync(runner, Said("c", "1", "agent")), StringComparison.Ordinal);
    }

    [Theory, DatabaseMatrix]
    public async Task What_is_kept_is_redacted(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        await RunAsync(Runner(storage, storage.Database), Said("c", "1", "my number is 123-45-6789"));

        var heard = (await storage.Transcripts.ReadAsync(new("c"), after: 0, TestContext.Current.CancellationToken))[0];

        Assert.Equal(Speaker.Person, heard.Speaker);
        Assert.DoesNotContain("6789", heard.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("6789", await storage.ScalarAsync<string>("select state from conversations"), StringComparison.Ordinal);
    }

    static TurnRunner Runner(TestStorage storage, Database database)
    {
        var secrets = storage.OpenSecrets(database);
        var consents = new Knowledge.Consents.ConsentStore(secrets);
        var escalations = new EscalationStore(database, secrets);
        return new(
            database, new(new(SampleContent.Library)), new(database), new(database), consents, escalations,
            new(consents, escalations, storage.OpenDeliveries(database), storage.OpenPasscodes(database)),
            new(Options.Create(new HelpDeskOptions()), zones.Value), secrets, storage.OpenPasscodes(database), storage.OpenHealth(database),
            new(Options.Create(new SemanticsOptions()), NullLogger<SemanticRanker>.Instance, new ManualTime()), new LocalSignals(), new ManualTime());
    }

    static TurnRequest Said(string conversation, string key, string text) =>
        new($"{conversation}/{key}", new(conversation), Channel.Web, new TurnInput.Said(text));

    static Task<string> RunAsync(TurnRunner runner, TurnRequest request) => runner.RunAsync(request, new Plain(), TestContext.Current.CancellationToken);

    static Task<Conversation?> FindAsync(TestStorage storage, string conversation) =>
        storage.Conversations.FindAsync(new(conversation), TestContext.Current.CancellationToken);

    sealed class Plain : IReplyRenderer
    {
        public Rendering Render(Turn turn, ImmutableArray<TranscriptEntry> entries) =>
            new($"{turn.State.Turns}: {string.Join(" / ", turn.Reply.Messages.Select(message => message.PlainText))}", []);
    }

    sealed class Broken : IReplyRenderer
    {
        public Rendering Render(Turn turn, ImmutableArray<TranscriptEntry> entries) => throw new FormatException("no form fits");
    }
}
