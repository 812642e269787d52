using System.Xml.Linq;
using SupportBot.Knowledge.Storage;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Carriers;

/// <summary>The database is away while the phone rings.</summary>
public sealed class BrokenDatabaseTests
{
    const string Number = "+12025550161";

    [Theory, DatabaseMatrix]
    public async Task While_the_database_is_away_a_caller_hears_an_apology_and_is_put_through(Engine engine)
    {
        await using var bot = await BotApplication.StartAsync(engine, "--HelpDesk:TransferTo=(202) 555-0199");
        await BreakAsync(bot);

        var document = await AnswerAsync(bot, "/twilio/voice/turn/1", Form(("CallSid", "CA1"), ("From", Number), ("SpeechResult", "my activation code never came")));

        Assert.Contains("something went wrong", document.Root!.Element("Say")!.Value, StringComparison.Ordinal);
        Assert.Equal("+12025550199", document.Root.Element("Dial")!.Element("Number")!.Value);
    }

    [Theory, DatabaseMatrix]
    public async Task While_the_database_is_away_a_text_is_answered_with_an_apology_and_STOP_with_nothing(Engine engine)
    {
        await using var bot = await BotApplication.StartAsync(engine);
        await BreakAsync(bot);

        var text = await AnswerAsync(bot, "/twilio/sms/incoming", Form(("MessageSid", "SM1"), ("From", Number), ("Body", "my activation code never came")));
        var stop = await AnswerAsync(bot, "/twilio/sms/incoming", Form(("MessageSid", "SM2"), ("From", Number), ("Body", "Stop.")));
        var receipt = await AnswerAsync(bot, "/twilio/deliveries/D-1/status", Form(("MessageSid", "SM3"), ("MessageStatus", "sent")));

        Assert.Contains("something went wrong", text.Root!.Element("Message")!.Value, StringComparison.Ordinal);
        Assert.Empty(stop.Root!.Elements());
        Assert.NotNull(receipt.Root);
    }

    [Theory, DatabaseMatrix]
    public async Task A_database_that_comes_back_in_time_is_waited_for(Engine engine)
    {
        await using var bot = await BotApplication.StartAsync(engine);
        await BreakAsync(bot);

        var answering = bot.PostSignedAsync("/twilio/sms/incoming", Form(("MessageSid", "SM1"), ("From", Number), ("Body", "help desk")));
        await AdvanceUntilAsync(bot, () => bot.Time.GetUtcNow() >= ManualTime.WorkingDay + TimeSpan.FromSeconds(3));
        await MendAsync(bot);
        var document = await AnswerAsync(bot, answering);

        Assert.DoesNotContain("something went wrong", document.Root!.Element("Message")!.Value, StringComparison.Ordinal);
        Assert.Equal(1, await bot.Storage.ScalarAsync<int>("select count(*) from escalations"));
    }

    [Theory, DatabaseMatrix]
    public async Task After_an_apology_the_same_request_is_answered_once_the_database_is_back(Engine engine)
    {
        await using var bot = await BotApplication.StartAsync(engine);
        var form = Form(("CallSid", "CA1"), ("From", Number));
        await BreakAsync(bot);
        await AnswerAsync(bot, "/twilio/voice/incoming", form);
        await MendAsync(bot);

        var document = await AnswerAsync(bot, "/twilio/voice/incoming", form);

        Assert.NotNull(document.Root!.Element("Gather"));
        Assert.Equal(1, await bot.Storage.ScalarAsync<int>("select count(*) from turns"));
    }

    [Fact]
    public async Task Callers_are_answered_while_another_process_holds_the_file()
    {
        await using var bot = await BotApplication.StartAsync(Engine.Sqlite);
        var other = bot.Storage.OpenAnother();
        var locked = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var holding = other.WriteAsync(
            async transaction =>
            {
                locked.SetResult();
                await release.Task;
                return (false, true);
            },
            TestContext.Current.CancellationToken);
        await locked.Task;

        // The first holds the writer's place while it waits for the file; the others wait for that place.
        var answers = Enumerable.Range(0, 4).Select(call => bot.PostSignedAsync("/twilio/voice/incoming", Form(("CallSid", $"CA{call}"), ("From", Number)))).ToList();
        foreach (var answering in answers)
        {
            Assert.Contains("something went wrong", (await AnswerAsync(bot, answering)).Root!.Value, StringComparison.Ordinal);
        }

        release.SetResult();
        await holding;
    }

    static KeyValuePair<string, string>[] Form(params (string Name, string Value)[] fields) => [.. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))];

    /// <summary>As unusable as if it were gone, and quick to bring back.</summary>
    static Task BreakAsync(BotApplication bot) => ExecuteAsync(bot.Storage.Database, "alter table turns rename to turns_away; alter table deliveries rename to deliveries_away");

    static Task MendAsync(BotApplication bot) => ExecuteAsync(bot.Storage.Database, "alter table turns_away rename to turns; alter table deliveries_away rename to deliveries");

    static Task ExecuteAsync(Database database, string sql) =>
        database.WriteAsync(transaction => Dapper.SqlMapper.ExecuteAsync(transaction.Connection!, sql, transaction: transaction), TestContext.Current.CancellationToken);

    static Task<XDocument> AnswerAsync(BotApplication bot, string path, KeyValuePair<string, string>[] form) => AnswerAsync(bot, bot.PostSignedAsync(path, form));

    static async Task<XDocument> AnswerAsync(BotApplication bot, Task<HttpResponseMessage> answering)
    {
        await AdvanceUntilAsync(bot, () => answering.IsCompleted);
        using var answer = await answering;
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        return XDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Lets the service's clock run, ten times as fast as ours.</summary>
    static async Task AdvanceUntilAsync(BotApplication bot, Func<bool> isSo)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!isSo())
        {
            await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            bot.Time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }
}
