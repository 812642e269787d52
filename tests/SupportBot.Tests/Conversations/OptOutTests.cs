using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Troubleshooting;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Conversations;

/// <summary>A request for no more texts is never taken for anything else, whatever was asked before it.</summary>
public sealed class OptOutTests
{
    static ConversationEngine Engine => BotApplication.Shipped;

    public static TheoryData<string> Words =>
    [
        "stop texting me", "please stop texting me", "no more texts", "no texts", "no, no texts", "no, stop texting me", "I said stop texting me",
        "unsubscribe me", "dont text me anymore", "take me off your list", "quiero dejar de recibir mensajes", "quiero dejar de recibir", "ya no me manden mensajes", "dejen de escribirme",
    ];

    [Theory, MemberData(nameof(Words))]
    public void A_request_for_no_more_texts_is_heard_at_every_question(string words) => Assert.All(Places(), place =>
    {
        var turn = Take(place, words);

        Assert.Equal(ConsentState.OptedOut, Assert.Single(turn.Effects.OfType<Effect.RecordConsent>()).State);
    });

    [Fact]
    public void The_carriers_word_is_heard_at_every_question() => Assert.All(Places().Where(place => place.Channel == Channel.Sms), place =>
        Assert.Single(Take(place, "STOP").Effects.OfType<Effect.RecordConsent>()));

    [Fact]
    public void A_case_named_beside_it_does_not_hide_it() => Assert.All(Places(), place =>
        Assert.Single(Take(place, "stop texting me about case C-1234 5678").Effects.OfType<Effect.RecordConsent>()));

    [Theory]
    [InlineData("yes text me")]
    [InlineData("yes, text me")]
    [InlineData("text me")]
    public void Agreeing_to_a_text_sends_it_and_changes_no_consent(string words)
    {
        var turn = Take(At(new Pending.OfferText(), Channel.Voice), words);

        Assert.IsType<Effect.SendText>(Assert.Single(turn.Effects));
    }

    [Fact]
    public void No_texts_with_a_comma_corrects_the_answer_about_texts()
    {
        var talk = new Talk(Channel.Sms, Agency.Opm, Engine).Say("can I use an international phone number for OPM services online?").Say("1").Say("1").Say("only calls");

        Assert.Contains("choose text messages", talk.Say("no, texts").Answer, StringComparison.Ordinal);
        Assert.Empty(talk.Last.Effects);
        Assert.StartsWith("I understood: Only texts.", talk.Say("I meant only text messages").Answer, StringComparison.Ordinal);
        Assert.Empty(talk.Last.Effects);
    }

    [Fact]
    public void Texts_at_a_question_about_something_else_opts_nobody_in()
    {
        var talk = new Talk(Channel.Sms, Agency.Opm, Engine).Say("how do I link login.gov to opm services online").Say("1").Say("texts");

        Assert.Empty(talk.Last.Effects);
        Assert.NotNull(talk.State.Walk);
    }

    static IEnumerable<Conversation> Places()
    {
        foreach (var flow in Engine.Library.Flows.OrderedFlows)
        {
            foreach (var step in flow.Order.Where(name => flow.Steps[name] is Step.Ask or Step.Do))
            {
                yield return At(new Pending.AtStep(), Channel.Sms, new() { Began = flow.Name, Flow = flow.Name, Step = step, Trail = [$"{flow.Name}/{flow.Start}"] });
            }
        }

        foreach (var channel in (Channel[])[Channel.Sms, Channel.Voice])
        {
            yield return At(new Pending.Open(), channel);
            yield return At(new Pending.Greeted(), channel);
            yield return At(new Pending.Menu(["ssa-usb-key", "ssa-why-id"]), channel);
            yield return At(new Pending.WhichAgency("ssa-usb-key", "opm-contact"), channel);
            yield return At(new Pending.AfterAnswer("ssa-usb-key", [AfterAnswerChoice.Steps, AfterAnswerChoice.Helped]), channel);
            yield return At(new Pending.OfferPerson(EscalationReason.NotHere), channel);
            yield return At(new Pending.OfferResume(), channel);
            yield return At(new Pending.OfferSteps("transition"), channel);
            yield return At(new Pending.OfferText(), channel);
            yield return At(new Pending.ProveContact("C-1234 5678"), channel);
        }
    }

    static Conversation At(Pending pending, Channel channel, Walk? walk = null) => new()
    {
        Id = new("opt-out"),
        Channel = channel,
        Pending = pending,
        Walk = walk,
        Paused = walk is null ? [new() { Began = "transition", Flow = "transition", Step = Engine.Library.Flows.Flows["transition"].Start }] : [],
        LastReply = new() { Messages = [new([new Span.Text("Which?")])], Choices = [new(1, "yes, text me"), new(2, "no")] },
    };

    static Turn Take(Conversation state, string words) => Engine.Take(
        state, new TurnInput.Said(words), new(new(IsOpen: true, CanTransfer: false), OptedOut: false, HasNumber: true, new("C-1234 5678"), new(2026, 11, 16)), ManualTime.WorkingDay);
}
