using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Semantics;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Semantics;

/// <summary>A whole host whose chat model takes every request and never answers.</summary>
public sealed class HangingModelTests(ModelServer server) : IClassFixture<ModelServer>
{
    const string Unclear = "where's my check";

    [Theory, DatabaseMatrix]
    public async Task A_hanging_model_holds_up_one_turn_once_and_nobody_else(Engine engine)
    {
        var endpoint = server.Open("hangs");
        var time = new ManualTime();
        await using var bot = await BotApplication.StartAsync(engine, time, $"--Semantics:Endpoint={endpoint.Address}", "--Semantics:ChatModel=chat");
        var options = new SemanticsOptions();
        var runner = bot.Services.GetRequiredService<TurnRunner>();

        var waiting = RunAsync(runner, "first", new TurnInput.Said(Unclear));
        await RequestsAsync(1);
        var other = await RunAsync(runner, "other", new TurnInput.Keyed("8"));
        Assert.NotEmpty(other);
        Assert.False(waiting.IsCompleted);

        time.Advance(options.Timeout);
        var late = await waiting;
        var atOnce = await RunAsync(runner, "second", new TurnInput.Said(Unclear));
        Assert.NotEmpty(late);
        Assert.Equal(late, atOnce);
        Assert.Single(await endpoint.RequestsAsync());

        // Tried again after a rest, and nobody waits for that either.
        await RequestsAsync(2, () => time.Advance(options.Rest));
        Assert.Equal(late, await RunAsync(runner, "third", new TurnInput.Said(Unclear)));

        async Task RequestsAsync(int count, Action? meanwhile = null)
        {
            while ((await endpoint.RequestsAsync()).Count < count)
            {
                meanwhile?.Invoke();
            }
        }
    }

    static Task<string> RunAsync(TurnRunner runner, string conversation, TurnInput input)
    {
        var id = $"{conversation}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        return runner.RunAsync(new(id, new(id), Channel.Web, input), new Plain(), TestContext.Current.CancellationToken);
    }

    sealed class Plain : IReplyRenderer
    {
        public Rendering Render(Turn turn, ImmutableArray<TranscriptEntry> entries) => new(string.Join(" / ", turn.Reply.Messages.Select(message => message.PlainText)), []);
    }
}
