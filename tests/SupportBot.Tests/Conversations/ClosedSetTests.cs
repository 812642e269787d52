using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json.Serialization;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Understanding;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Conversations;

/// <summary>Every case of every closed set has a sample here and is handled: a new case fails a test until it is.</summary>
public sealed class ClosedSetTests
{
    static readonly ImmutableArray<TurnInput> inputs =
    [
        new TurnInput.Started(), new TurnInput.Said("hello"), new TurnInput.Keyed("1"), new TurnInput.Silence(), new TurnInput.TransferFailed(),
        new TurnInput.CarrierKeyword(CarrierKeywordKind.Stop, "STOP"),
    ];

    static readonly ImmutableArray<Effect> effects =
    [
        new Effect.RecordConsent(ConsentState.OptedOut, "STOP", ConsentMeans.Keyword), new Effect.OpenEscalation(new("C-0000 0000"), EscalationReason.Asked, ""),
        new Effect.UpdateEscalation(new("C-0000 0000"), EscalationReason.Stuck, ""), new Effect.RecordWrongProof(new("C-0000 0000")), new Effect.JoinEscalation(new("C-0000 0000")),
        new Effect.SendText("hello"), new Effect.RecordFeedback("ssa-bake-bread", Helped: true), new Effect.SendCodeAgain("pc_1", DeliveryChannel.Text, TimeSpan.Zero),
        new Effect.DisavowCode("pc_1"),
    ];

    static readonly ImmutableArray<Pending> places =
    [
        new Pending.Open(), new Pending.Greeted(), new Pending.Menu(["ssa-bake-bread", "ssa-paint-fence"]), new Pending.WhichAgency("ssa-tune-piano", "opm-tune-piano"),
        new Pending.AfterAnswer("ssa-bake-bread", [.. Enum.GetValues<AfterAnswerChoice>().Take(3)]), new Pending.OfferPerson(EscalationReason.Asked),
        new Pending.AtStep(), new Pending.OfferResume(), new Pending.OfferSteps("sail"), new Pending.OfferText(), new Pending.ProveContact("C-0000 0000"),
        new Pending.Code([CodeChoice.Text, CodeChoice.Call, CodeChoice.HelpDesk]),
    ];

    /// <summary>A message of the sample content that means each case.</summary>
    static readonly ImmutableDictionary<Type, string> messages = new Dictionary<Type, string>
    {
        [typeof(Interpretation.Answer)] = Talk.Bread,
        [typeof(Interpretation.WhichAgency)] = Talk.Piano,
        [typeof(Interpretation.Redirect)] = "how does the knight move over a chess board of pawns",
        [typeof(Interpretation.NotHere)] = "zebra quantum umbrella",
        [typeof(Interpretation.HelpDesk)] = "agent",
        [typeof(Interpretation.Safety)] = "a man wants gift cards",
        [typeof(Interpretation.Command)] = "repeat",
        [typeof(Interpretation.Smalltalk)] = "hello",
        [typeof(Interpretation.Menu)] = "sourdough wooden harbour",
    }.ToImmutableDictionary();

    [Fact]
    public void There_is_a_sample_of_every_case()
    {
        AssertAll<TurnInput>(inputs.Select(input => input.GetType()));
        AssertAll<Effect>(effects.Select(effect => effect.GetType()));
        AssertAll<Pending>(places.Select(place => place.GetType()));
        AssertAll<Interpretation>(messages.Keys);
    }

    [Fact]
    public void Every_input_is_taken_in_every_place_on_every_channel()
    {
        var engine = new ConversationEngine(SampleContent.Library);
        var situation = new Situation(new(IsOpen: true, CanTransfer: true), OptedOut: false, HasNumber: true, new("C-0000 0000"), new(2026, 11, 16));
        ImmutableArray<Choice> choices = [new(1, "first"), new(2, "second"), new(3, "third")];

        foreach (var channel in Enum.GetValues<Channel>())
        {
            foreach (var place in places)
            {
                var state = new Conversation
                {
                    Id = new("c"), Channel = channel, Pending = place, LastReply = new() { Messages = [new([new Span.Text("before")])], Choices = choices },
                };
                foreach (var input in (IEnumerable<TurnInput>)[.. inputs, .. messages.Values.Append("yes").Append("no").Append("2").Select(text => new TurnInput.Said(text))])
                {
                    var turn = engine.Take(state, input, situation, ManualTime.WorkingDay);
                    Assert.Equal(1, turn.State.Turns);
                    Assert.False(string.IsNullOrEmpty(turn.Outcome));
                }
            }
        }
    }

    [Fact]
    public void Every_meaning_has_a_message()
    {
        var engine = new ConversationEngine(SampleContent.Library);

        Assert.All(messages, message => Assert.IsType(message.Key, engine.Read(message.Value, Channel.Web, Language.En, Agency.Unknown).Meaning));
    }

    [Fact]
    public void Every_command_and_every_safety_word_is_answered()
    {
        Assert.All(RouterOutcome.All, outcome => Assert.False(string.IsNullOrEmpty(RouterOutcome.MeaningOf(outcome).Prediction)));
        Assert.All(Enum.GetValues<CommandKind>(), kind => Assert.Contains($"command/{RouterOutcome.NameOf(kind)}", RouterOutcome.All));
    }

    [Theory, DatabaseMatrix]
    public async Task Every_effect_is_written(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var writer = new EffectWriter(storage.Consents, storage.Escalations, storage.Deliveries, storage.Passcodes);
        _ = PhoneNumber.TryParse("+12025550123", out var contact);
        _ = PhoneNumber.TryParse("+12025550124", out var other);
        var request = new PasscodeRequest("agency", PasscodeKind.Security, "account", new(other.Value, null, null), [DeliveryChannel.Text], Language.En, "secure.example.gov");
        var issued = Assert.IsType<IssueOutcome.Issued>(await storage.Passcodes.IssueAsync(
            request, idempotency: null, _ => "", ManualTime.WorkingDay, TestContext.Current.CancellationToken));
        var real = effects.Select(effect => effect switch
        {
            Effect.SendCodeAgain again => again with { Passcode = issued.Passcode.Id },
            Effect.DisavowCode disavow => disavow with { Passcode = issued.Passcode.Id },
            _ => effect,
        });
        var turn = new Turn(new() { Id = new("c"), Channel = Channel.Sms, Entries = 2 }, Reply.Nothing, [.. real], Heard: null, "test", []);

        Assert.IsType<EffectOutcome.Written>(await storage.WriteAsync(transaction => writer.WriteAsync(transaction, turn, contact, ours: null, [], ManualTime.WorkingDay)));

        Assert.Equal(1, await storage.ScalarAsync<int>("select count(*) from passcodes where state = 'voided' and generation = 2 and end_reason = 'not-asked'"));
        foreach (var table in (string[])["consents", "consent_events", "escalations", "deliveries where purpose = 'answer'", "feedback"])
        {
            Assert.Equal(1, await storage.ScalarAsync<int>($"select count(*) from {table}"));
        }

        // The reference is taken now.
        Assert.IsType<EffectOutcome.Retake>(await storage.Database.WriteAsync(
            async transaction => (false, await writer.WriteAsync(transaction, turn with { Effects = [effects[1]] }, contact, ours: null, [], ManualTime.WorkingDay)),
            TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Every_case_that_is_saved_has_a_name_of_its_own() => Assert.All(
        (Type[])[typeof(Pending), typeof(ReplyEnd), typeof(Span)],
        set =>
        {
            var named = set.GetCustomAttributes<JsonDerivedTypeAttribute>().ToList();
            Assert.Equal(Names(Cases(set)), Names(named.Select(attribute => attribute.DerivedType)));
            Assert.Equal(named.Count, named.Select(attribute => attribute.TypeDiscriminator).Distinct().Count());
        });

    static void AssertAll<TSet>(IEnumerable<Type> sampled) => Assert.Equal(Names(Cases(typeof(TSet))), Names(sampled));

    static IEnumerable<string> Names(IEnumerable<Type> types) => types.Select(type => type.Name).Order(StringComparer.Ordinal);

    static IEnumerable<Type> Cases(Type set) => set.GetNestedTypes().Where(type => type.IsSubclassOf(set));
}
