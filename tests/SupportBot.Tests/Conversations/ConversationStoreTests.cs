using System.Collections.Immutable;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Troubleshooting;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Conversations;

public sealed class ConversationStoreTests
{
    static readonly Reply reply = new()
    {
        Messages = [new([new Span.Text("Your case is "), new Span.Spelled("C-1234 5678")])],
        Choices = [new(1, "Yes"), new(2, "No")],
        End = new ReplyEnd.Listen(Patient: true),
    };

    public static TheoryData<Pending> Places =>
    [
        new Pending.Open(),
        new Pending.Greeted(),
        new Pending.Menu(["ssa-deadline", "ssa-why-id"]),
        new Pending.WhichAgency("ssa-existing-account", "opm-existing-account"),
        new Pending.AfterAnswer("ssa-deadline", [AfterAnswerChoice.More, AfterAnswerChoice.NotHelped]),
        new Pending.OfferPerson(EscalationReason.NotHelped),
        new Pending.AtStep(),
        new Pending.OfferResume(),
        new Pending.OfferSteps("sail"),
        new Pending.OfferText(),
        new Pending.ProveContact("C-0000 0000"),
    ];

    static readonly ImmutableSortedDictionary<string, string> known =
        ImmutableSortedDictionary<string, string>.Empty.Add("asked-on", "2026-11-03").Add("wind", "north");

    static readonly Walk walk = new() { Began = "sail", Flow = "bread", Step = "knead", Trail = ["sail/built", "sail/wind"], Seen = ["sail/built"], Idle = 3 };

    [Theory, DatabaseMatrix]
    public async Task A_conversation_comes_back_as_it_was_saved_at_every_place(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        foreach (var row in Places)
        {
            var saved = new Conversation
            {
                Id = new($"conversation-{row.Data.GetType().Name}"),
                Channel = Channel.Voice,
                Language = Language.Es,
                Agency = Agency.Opm,
                Turns = 1,
                Entries = 4,
                Pending = row.Data,
                LastReply = reply,
                Earlier = [new(new Pending.Menu(["a", "b"]), reply, "ssa-deadline", walk, known, ["sail/hoist failed"])],
                Walk = walk,
                Known = known,
                Paused = [walk],
                Tried = ["sail/hoist failed"],
                Other = new(Agency.Ssa, known, walk, [], ["sail/hoist done"]),
                CaseIsKept = true,
                ProofTries = 1,
                LastAnswer = "ssa-deadline",
                NoMatches = 1,
                NoInputs = 2,
                Slowness = 2,
                Waiting = true,
                AgencyAsked = true,
                CaseReference = "C-1234 5678",
            };

            Assert.True(await storage.WriteAsync(transaction => storage.Conversations.SaveAsync(transaction, saved, "fingerprint", at: 5)));
            var found = await storage.Conversations.FindAsync(saved.Id, TestContext.Current.CancellationToken);

            Assert.Equivalent(saved, found, strict: true);
            Assert.IsType(row.Data.GetType(), found!.Pending);
        }
    }

    [Theory, DatabaseMatrix]
    public async Task Nobody_overwrites_a_turn_that_they_have_not_seen(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var first = new Conversation { Id = new("one"), Channel = Channel.Web, Turns = 1 };

        Assert.True(await SaveAsync(storage, first));
        Assert.False(await SaveAsync(storage, first with { NoMatches = 2 }));
        Assert.True(await SaveAsync(storage, first with { Turns = 2 }));
        Assert.False(await SaveAsync(storage, first with { Turns = 2, NoMatches = 2 }));
        Assert.False(await SaveAsync(storage, first with { Turns = 4 }));

        var found = await storage.Conversations.FindAsync(first.Id, TestContext.Current.CancellationToken);
        Assert.Equal((2, 0), (found!.Turns, found.NoMatches));
    }

    [Theory, DatabaseMatrix]
    public async Task An_unknown_conversation_is_null(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);

        Assert.Null(await storage.Conversations.FindAsync(new("nobody"), TestContext.Current.CancellationToken));
        Assert.Null(await storage.WriteAsync(transaction => storage.Conversations.LockAsync(transaction, new("nobody"))));
    }

    [Theory, DatabaseMatrix]
    public async Task A_locked_conversation_waits_for_the_turn_before(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var id = new ConversationId("busy");
        await SaveAsync(storage, new Conversation { Id = id, Channel = Channel.Web, Turns = 1 });

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => storage.WriteAsync(async transaction =>
        {
            var state = await storage.Conversations.LockAsync(transaction, id);
            Assert.True(await storage.Conversations.SaveAsync(transaction, state! with { Turns = state.Turns + 1 }, null, at: 0));
            return true;
        })));

        var found = await storage.Conversations.FindAsync(id, TestContext.Current.CancellationToken);
        Assert.Equal(21, found!.Turns);
    }

    static Task<bool> SaveAsync(TestStorage storage, Conversation conversation) =>
        storage.WriteAsync(transaction => storage.Conversations.SaveAsync(transaction, conversation, fingerprint: null, at: 0));
}
