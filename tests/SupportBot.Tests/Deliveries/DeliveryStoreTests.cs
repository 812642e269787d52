using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Deliveries;

public sealed class DeliveryStoreTests
{
    static readonly DateTimeOffset at = ManualTime.WorkingDay;

    [Theory, DatabaseMatrix]
    public async Task Texts_are_claimed_oldest_first_and_once(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        for (var minute = 0; minute < 5; minute++)
        {
            await EnqueueAsync(storage, "+12025550123", $"text {minute}", at.AddMinutes(minute));
        }

        var first = await storage.Deliveries.ClaimAsync(2, at.AddHours(1), TestContext.Current.CancellationToken);
        var second = await storage.Deliveries.ClaimAsync(10, at.AddHours(1), TestContext.Current.CancellationToken);

        Assert.Equal(["text 0", "text 1"], first.Select(delivery => Body(storage, delivery)));
        Assert.Equal(["text 2", "text 3", "text 4"], second.Select(delivery => Body(storage, delivery)));
        Assert.Empty(await storage.Deliveries.ClaimAsync(10, at.AddDays(1), TestContext.Current.CancellationToken));
    }

    [Theory, DatabaseMatrix]
    public async Task Workers_beside_each_other_never_share_a_text(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        const int texts = 60;
        for (var number = 0; number < texts; number++)
        {
            await EnqueueAsync(storage, "+12025550123", $"text {number}", at);
        }

        var stores = Enumerable.Range(0, 4).Select(_ => storage.OpenAnother()).Select(database => storage.OpenDeliveries(database)).ToList();
        var claimed = await Task.WhenAll(stores.Select(store => Task.Run(async () =>
        {
            var ids = new List<string>();
            for (var empty = 0; empty < 3;)
            {
                var batch = await store.ClaimAsync(4, at, TestContext.Current.CancellationToken);
                empty = batch.IsEmpty ? empty + 1 : 0;
                ids.AddRange(batch.Select(delivery => delivery.Id));
            }

            return ids;
        })));

        Assert.Equal(texts, claimed.Sum(ids => ids.Count));
        Assert.Equal(texts, claimed.SelectMany(ids => ids).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory, DatabaseMatrix]
    public async Task Consent_is_asked_again_when_a_text_is_claimed(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var number = Number("+12025550123");
        await storage.WriteAsync(async transaction =>
        {
            await storage.Consents.RecordAsync(transaction, number, null, new(ConsentState.OptedOut, "STOP", ConsentMeans.Keyword), "person", at);
            return true;
        });
        await EnqueueAsync(storage, number.Value, "too late", at);

        Assert.Empty(await storage.Deliveries.ClaimAsync(10, at, TestContext.Current.CancellationToken));

        Assert.Equal("canceled", await storage.ScalarAsync<string>("select state from deliveries"));
        Assert.Null(await storage.ScalarAsync<string>("select sealed_body from deliveries"));
    }

    [Theory, DatabaseMatrix]
    public async Task A_late_sent_receipt_does_not_undo_delivered(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        await EnqueueAsync(storage, "+12025550123", "hello", at);
        var id = Assert.Single(await storage.Deliveries.ClaimAsync(1, at, TestContext.Current.CancellationToken)).Attempt;

        Assert.Equal(DeliveryState.Delivered, await RecordAsync(storage, id, DeliveryState.Delivered, "SM1", null));
        Assert.Equal(DeliveryState.Delivered, await RecordAsync(storage, id, DeliveryState.Sent, "SM2", null));
        Assert.Equal(DeliveryState.Delivered, await RecordAsync(storage, id, DeliveryState.Undeliverable, null, 30003));

        Assert.Equal("SM1", await storage.ScalarAsync<string>("select carrier_sid from deliveries"));
        Assert.Null(await storage.ScalarAsync<string>("select sealed_body from deliveries"));
    }

    [Theory, DatabaseMatrix]
    public async Task The_body_stays_until_the_text_is_final(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        await EnqueueAsync(storage, "+12025550123", "hello", at);
        var id = Assert.Single(await storage.Deliveries.ClaimAsync(1, at, TestContext.Current.CancellationToken)).Attempt;

        await RecordAsync(storage, id, DeliveryState.Sent, "SM1", null);
        Assert.NotNull(await storage.ScalarAsync<string>("select sealed_body from deliveries"));
        await RecordAsync(storage, id, DeliveryState.Undeliverable, "SM1", 30006);

        Assert.Null(await storage.ScalarAsync<string>("select sealed_body from deliveries"));
        Assert.Equal(30006, await storage.ScalarAsync<int>("select error_code from deliveries"));
    }

    [Theory, DatabaseMatrix]
    public async Task A_receipt_for_an_unknown_text_is_null(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);

        Assert.Null(await RecordAsync(storage, "nothing", DeliveryState.Sent, null, null));
    }

    [Theory, DatabaseMatrix]
    public async Task Neither_number_nor_body_is_readable_in_the_table(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        await EnqueueAsync(storage, "+12025550123", "a body to be found", at);

        Assert.Equal(0, await storage.ScalarAsync<int>(
            "select count(*) from deliveries where sealed_number like '%5550123%' or sealed_body like '%body%' or fingerprint like '%5550123%'"));
    }

    static string Body(TestStorage storage, ClaimedDelivery delivery) =>
        Assert.IsType<Outbound.Text>(storage.Deliveries.Open(delivery, BotApplication.Shipped.Library, at)).Body;

    static PhoneNumber Number(string text) => PhoneNumber.TryParse(text, out var number) ? number : throw new FormatException(text);

    static Task EnqueueAsync(TestStorage storage, string to, string body, DateTimeOffset now) => storage.WriteAsync(async transaction =>
    {
        await storage.Deliveries.EnqueueAsync(transaction, new("c"), Number(to), body, "answer", now);
        return true;
    });

    static Task<DeliveryState?> RecordAsync(TestStorage storage, string id, DeliveryState receipt, string? sid, int? error) =>
        storage.Deliveries.RecordAsync(id, receipt, sid, error, at, TestContext.Current.CancellationToken);
}
