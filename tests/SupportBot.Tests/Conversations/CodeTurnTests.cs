using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Conversations;

/// <summary>What is said and done about a code on file, on the content that ships.</summary>
public sealed class CodeTurnTests
{
    static readonly CodeOnFile live = new(
        "pc_1", PasscodeKind.Security, PasscodeState.Live, "secure.example.gov", TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(7), DeliveryChannel.Text, DeliveryState.Delivered,
        Reason: null, [DeliveryChannel.Text, DeliveryChannel.Call], TimeSpan.Zero);

    static Talk Text(CodeOnFile? code) => new(Channel.Sms, engine: BotApplication.Shipped) { Code = code };

    [Fact]
    public void A_caller_is_told_how_long_the_queue_for_calls_is()
    {
        Assert.DoesNotContain("Many people wait", Text(live).Say("call me").Answer, StringComparison.Ordinal);
        Assert.Contains("in about 4 minutes", Text(live with { CallQueue = TimeSpan.FromMinutes(4) }).Say("call me").Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PasscodeState.Accepted, "It has been used.")]
    [InlineData(PasscodeState.Expired, "It has expired.")]
    [InlineData(PasscodeState.Voided, "It was canceled.")]
    [InlineData(PasscodeState.Superseded, "A newer code took its place.")]
    [InlineData(PasscodeState.Locked, "It ended after too many wrong tries.")]
    public void A_code_that_ended_is_never_sent_again(PasscodeState state, string words)
    {
        var ended = live with { State = state, Ways = [], Left = TimeSpan.Zero };

        foreach (var said in (string[])["where is my code", "resend", "text me the code", "mail me a new code", "it expired", "wrong code"])
        {
            var talk = Text(ended).Say(said);
            Assert.Contains(words, talk.Answer, StringComparison.Ordinal);
            Assert.Contains("I cannot make a new code.", talk.Answer, StringComparison.Ordinal);
            Assert.Empty(talk.Last.Effects);
        }
    }

    [Theory]
    [InlineData(DeliveryState.Queued, DeliveryChannel.Text, null, "It is about to go out by text message.")]
    [InlineData(DeliveryState.Sent, DeliveryChannel.Text, null, "It went out by text message 3 minutes ago. We have no word yet that it arrived.")]
    [InlineData(DeliveryState.Unknown, DeliveryChannel.Call, null, "It went out by phone call 3 minutes ago.")]
    [InlineData(DeliveryState.Sent, DeliveryChannel.Mail, null, "It went to the mail 3 minutes ago.")]
    [InlineData(DeliveryState.Sent, DeliveryChannel.Email, null, "It went out by email 3 minutes ago.")]
    [InlineData(DeliveryState.Delivered, DeliveryChannel.Call, null, "It reached your phone by phone call 3 minutes ago.")]
    [InlineData(DeliveryState.Undeliverable, DeliveryChannel.Text, DeliveryReasons.Blocked, "The phone company blocks our messages to this number.")]
    [InlineData(DeliveryState.Canceled, DeliveryChannel.Text, DeliveryReasons.OptedOut, "This number has opted out of our texts.")]
    public void Where_a_code_is_comes_from_its_delivery(DeliveryState delivery, DeliveryChannel way, string? reason, string words)
    {
        var answer = Text(live with { Delivery = delivery, Way = way, Reason = reason }).Say("where is my code").Answer;

        Assert.Contains(words, answer, StringComparison.Ordinal);
        Assert.Contains("It works for 7 minutes more, and once.", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void A_question_about_a_code_at_a_step_leads_back_to_the_step()
    {
        var talk = Text(code: null).Say("my activation code never came").Say("step by step");
        var step = talk.State.Walk!.Step;
        talk.Code = live;

        talk.Say("resend");

        Assert.Equal(step, talk.State.Walk!.Step);
        Assert.IsType<Pending.AtStep>(talk.State.Pending);
        Assert.Single(talk.Last.Effects.OfType<Effect.SendCodeAgain>());
    }

    [Fact]
    public void What_sounds_like_a_code_nobody_asked_for_is_only_canceled_on_a_yes()
    {
        var talk = Text(live).Say("i keep getting texts with codes i never asked for, every single day, what is going on");
        Assert.Empty(talk.Last.Effects);

        Assert.Equal("pc_1", Assert.Single(talk.Say("1").Last.Effects.OfType<Effect.DisavowCode>()).Passcode);
        Assert.Empty(Text(live).Say("i keep getting texts with codes i never asked for, every single day, what is going on").Say("2").Last.Effects);
    }

    [Fact]
    public void Someone_in_danger_is_heard_before_any_code()
    {
        Assert.Contains("988", Text(live).Say("no code came and I want to kill myself").Answer, StringComparison.Ordinal);
        Assert.Contains(Text(live).Say("STOP").Last.Effects, effect => effect is Effect.RecordConsent);
    }

    [Fact]
    public void Without_a_code_on_file_the_same_words_get_the_answers_of_the_sources()
    {
        foreach (var said in (string[])["where is my activation code", "NOT ME"])
        {
            var talk = Text(code: null).Say(said);
            Assert.Empty(talk.Last.Effects);
            Assert.DoesNotContain("last code that we sent", talk.Answer, StringComparison.Ordinal);
        }
    }
}
