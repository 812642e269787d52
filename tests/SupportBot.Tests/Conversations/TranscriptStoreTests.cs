using SupportBot.Knowledge.Conversations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Conversations;

public sealed class TranscriptStoreTests
{
    static readonly DateTimeOffset at = ManualTime.WorkingDay;

    [Theory, DatabaseMatrix]
    public async Task Entries_come_back_in_order_from_any_watermark(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var id = new ConversationId("c");
        TranscriptEntry[] entries =
        [
            new(1, Speaker.Bot, "Hello, ¿qué tal? — 👋", null, """{"type":"message"}""", at),
            new(2, Speaker.Person, "it's “late”; drop table transcript", "ssa-deadline", null, at.AddSeconds(1)),
            new(3, Speaker.Agent, "", null, null, at.AddSeconds(2)),
        ];

        await AppendAsync(storage, id, entries[..2]);
        await AppendAsync(storage, id, entries[2..]);
        await AppendAsync(storage, new("other"), [entries[0] with { Text = "another conversation" }]);

        Assert.Equal(entries, await ReadAsync(storage, id, after: 0));
        Assert.Equal(entries[1..], await ReadAsync(storage, id, after: 1));
        Assert.Empty(await ReadAsync(storage, id, after: 3));
        Assert.Empty(await ReadAsync(storage, id, after: int.MaxValue));
    }

    [Theory, DatabaseMatrix]
    public async Task A_place_in_the_transcript_is_taken_once(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        await AppendAsync(storage, new("c"), [new(1, Speaker.Bot, "first", null, null, at)]);

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => AppendAsync(storage, new("c"), [new(1, Speaker.Bot, "second", null, null, at)]));

        Assert.Equal("first", Assert.Single(await ReadAsync(storage, new("c"), after: 0)).Text);
    }

    static Task<bool> AppendAsync(TestStorage storage, ConversationId id, IEnumerable<TranscriptEntry> entries) => storage.WriteAsync(async transaction =>
    {
        await storage.Transcripts.AppendAsync(transaction, id, entries);
        return true;
    });

    static async Task<IEnumerable<TranscriptEntry>> ReadAsync(TestStorage storage, ConversationId id, int after) =>
        await storage.Transcripts.ReadAsync(id, after, TestContext.Current.CancellationToken);
}
