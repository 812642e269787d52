using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Consents;

public sealed class ConsentStoreTests
{
    static readonly DateTimeOffset at = ManualTime.WorkingDay;

    [Theory, DatabaseMatrix]
    public async Task The_latest_word_holds_and_every_word_is_kept(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var number = Number("+12025550123");

        Assert.Equal(ConsentState.Unknown, await StateAsync(storage, number));
        await RecordAsync(storage, number, ConsentState.OptedOut, "STOP", ConsentMeans.Keyword, at);
        Assert.Equal(ConsentState.OptedOut, await StateAsync(storage, number));
        await RecordAsync(storage, number, ConsentState.OptedIn, "START", ConsentMeans.Keyword, at.AddMinutes(1));
        Assert.Equal(ConsentState.OptedIn, await StateAsync(storage, number));
        await RecordAsync(storage, number, ConsentState.OptedOut, "please stop texting me", ConsentMeans.Words, at.AddMinutes(1));

        Assert.Equal(ConsentState.OptedOut, await StateAsync(storage, number));
        Assert.Equal(ConsentState.Unknown, await StateAsync(storage, Number("+12025550124")));
        Assert.Equal(3, await storage.ScalarAsync<int>("select count(*) from consent_events"));
        Assert.Equal("words", await storage.ScalarAsync<string>("select means from consent_events where sequence = 3"));
    }

    [Theory, DatabaseMatrix]
    public async Task Opting_out_cancels_the_texts_that_wait_for_this_number_only(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var (leaving, staying) = (Number("+12025550123"), Number("+12025550124"));
        await storage.WriteAsync(async transaction =>
        {
            await storage.Deliveries.EnqueueAsync(transaction, new("c"), leaving, "for the one who leaves", "answer", at);
            await storage.Deliveries.EnqueueAsync(transaction, new("c"), staying, "for the one who stays", "answer", at);
            return true;
        });

        await RecordAsync(storage, leaving, ConsentState.OptedOut, "STOP", ConsentMeans.Keyword, at);
        var claimed = Assert.Single(await storage.Deliveries.ClaimAsync(10, at, TestContext.Current.CancellationToken));

        Assert.Equal(new Outbound.Text(staying, "for the one who stays"), storage.Deliveries.Open(claimed, BotApplication.Shipped.Library, at));
        Assert.Equal(1, await storage.ScalarAsync<int>("select count(*) from deliveries where state = 'canceled' and sealed_body is null"));
    }

    [Theory, DatabaseMatrix]
    public async Task No_number_stands_in_the_ledger(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        await RecordAsync(storage, Number("+12025550123"), ConsentState.OptedOut, "STOP", ConsentMeans.Keyword, at);

        Assert.Equal(0, await storage.ScalarAsync<int>("select count(*) from consents where fingerprint like '%2025550123%' or sealed_number like '%2025550123%'"));
        Assert.Equal(32, (await storage.ScalarAsync<string>("select fingerprint from consents"))!.Length);
    }

    static PhoneNumber Number(string text) => PhoneNumber.TryParse(text, out var number) ? number : throw new FormatException(text);

    static Task<ConsentState> StateAsync(TestStorage storage, PhoneNumber number) =>
        storage.WriteAsync(transaction => storage.Consents.StateOfAsync(transaction, storage.Secrets.Fingerprint(number)));

    static Task RecordAsync(TestStorage storage, PhoneNumber number, ConsentState state, string words, ConsentMeans means, DateTimeOffset now) =>
        storage.WriteAsync(async transaction =>
        {
            await storage.Consents.RecordAsync(transaction, number, Number("+12025550100"), new(state, words, means), "person", now);
            return true;
        });
}
