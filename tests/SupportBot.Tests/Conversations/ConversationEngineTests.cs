using FsCheck;
using FsCheck.Fluent;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Escalations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Conversations;

public sealed class ConversationEngineTests
{
    public static TheoryData<Channel> Channels => [.. Enum.GetValues<Channel>()];

    [Theory, MemberData(nameof(Channels))]
    public void A_question_is_answered_in_the_wording_of_the_channel(Channel channel)
    {
        var wording = channel switch
        {
            Channel.Web => "Written answer of ssa-bake-bread. Call 1-800-555-0199.",
            Channel.Voice => "Spoken answer of ssa-bake-bread.",
            Channel.Sms => "Text answer of ssa-bake-bread. Call 1-800-555-0199.",
            _ => throw new System.Diagnostics.UnreachableException(),
        };

        var talk = new Talk(channel).Start().Say(Talk.Bread);

        Assert.StartsWith(wording, talk.Answer, StringComparison.Ordinal);
        Assert.Equal("ssa-bake-bread", talk.Last.Outcome);
    }

    // --- repeat, back, start over, slower, wait ---

    [Theory, MemberData(nameof(Channels))]
    public void Repeat_says_the_last_answer_again_as_often_as_asked(Channel channel)
    {
        var talk = new Talk(channel).Start().Say(Talk.Bread);
        var (answer, choices) = (talk.Answer, talk.Last.Reply.Choices);

        Assert.Equal(answer, talk.Say("repeat").Answer);
        Assert.Equal(answer, talk.Say("please say that again").Answer);
        Assert.Equal(choices, talk.Last.Reply.Choices);
    }

    [Fact]
    public void Repeat_before_anything_was_said() => Assert.Equal("nothing-to-repeat.", new Talk(Channel.Sms).Say("repeat").Answer);

    [Fact]
    public void Courtesies_are_not_what_is_repeated()
    {
        var talk = new Talk(Channel.Web).Start().Say(Talk.Bread);
        var answer = talk.Answer;

        Assert.Equal(answer, talk.Say("hello").Say("help").Say("blah blah").Say("repeat").Answer);
    }

    [Fact]
    public void Back_goes_to_the_place_before_and_to_the_one_before_that()
    {
        var talk = new Talk(Channel.Web).Start();
        var greeting = talk.Answer;
        var first = talk.Say(Talk.Bread).Answer;
        talk.Say(Talk.Fence);

        Assert.Equal(first, talk.Say("go back").Answer);
        Assert.Equal("ssa-bake-bread", talk.State.LastAnswer);
        Assert.Equal(greeting, talk.Say("back").Answer);
        Assert.StartsWith("nothing-back.", talk.Say("back").Answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Choices_count_again_after_going_back()
    {
        var talk = new Talk(Channel.Web).Start().Say(Talk.Bread).Say(Talk.Fence).Say("back").Say("1");

        Assert.Equal([new Effect.RecordFeedback("ssa-bake-bread", Helped: true)], talk.Last.Effects);
    }

    [Fact]
    public void Start_over_forgets_everything_but_the_case_and_the_pace()
    {
        var talk = new Talk(Channel.Voice).Start().Say("slower").Say("agent").Say(Talk.Bread).Say("start over");

        Assert.Equal("restarted.", talk.Answer);
        Assert.Equal(1, talk.State.Slowness);
        Assert.NotNull(talk.State.CaseReference);
        Assert.Null(talk.State.LastAnswer);
        Assert.Equal(Agency.Unknown, talk.State.Agency);
    }

    [Fact]
    public void Slower_goes_down_two_steps_and_says_it_again()
    {
        var talk = new Talk(Channel.Voice).Start().Say(Talk.Fence);
        var answer = talk.Answer;

        Assert.Equal($"slower. / {answer}", talk.Say("slower").Answer);
        Assert.Equal(2, talk.Key("8").State.Slowness);
        Assert.Equal(2, talk.Say("slower").State.Slowness);
    }

    [Fact]
    public void After_wait_there_is_time_and_the_third_silence_offers_a_person()
    {
        var talk = new Talk(Channel.Voice).Start().Say("hold on");

        Assert.Equal(new ReplyEnd.Listen(Patient: true), talk.Last.Reply.End);
        Assert.Equal("wait.", talk.Silence().Answer);
        Assert.Equal("wait.", talk.Silence().Answer);
        Assert.StartsWith("still-there.", talk.Silence().Answer, StringComparison.Ordinal);

        Assert.Equal("no-input-first.", talk.Say(Talk.Bread).Silence().Answer.Split(" / ")[0]);
    }

    [Fact]
    public void The_answer_is_told_in_other_words()
    {
        Assert.Equal("nothing-to-rephrase.", new Talk(Channel.Web).Start().Say("in other words").Answer);
        Assert.Equal(
            "rephrase-introduction. / Text answer of ssa-bake-bread. Call 1-800-555-0199.",
            new Talk(Channel.Web).Start().Say(Talk.Bread).Say("in other words").Answer);
    }

    [Fact]
    public void Spanish_is_in_preparation_until_its_content_is_there()
    {
        Assert.Equal("language-unavailable.", new Talk(Channel.Web).Start().Say("spanish").Answer);
        Assert.Equal("gibberish.", new Talk(Channel.Voice).Start().Key("2").Answer);
    }

    [Fact]
    public void Two_means_Spanish_exactly_when_the_last_thing_said_offers_it()
    {
        static Talk Called() => new Talk(Channel.Voice, engine: BotApplication.Shipped).Start();

        Assert.Equal(Language.Es, Called().Key("2").State.Language);
        Assert.Equal(Language.Es, Called().Say("blah blah").Key("2").State.Language);
        Assert.Equal(Language.Es, Called().Silence().Key("2").State.Language);
        Assert.Equal(Language.Es, Called().Say("how are you").Say("repeat").Key("2").State.Language);
        Assert.Equal(Language.En, Called().Say("how are you").Key("2").State.Language);
        Assert.Equal(Language.En, Called().Say("start over").Key("2").State.Language);
        Assert.Equal(Language.En, Called().Say("what is an activation code").Key("2").State.Language);
    }

    // --- keys ---

    [Theory]
    [InlineData("0", "handoff")]
    [InlineData("9", "repeat")]
    [InlineData("8", "slower")]
    [InlineData("*", "back")]
    [InlineData("7", "abstain")]
    [InlineData("#", "abstain")]
    [InlineData("12", "abstain")]
    public void Keys_mean_the_same_everywhere(string keys, string outcome)
    {
        Assert.Equal(outcome, new Talk(Channel.Voice).Start().Key(keys).Last.Outcome);
        Assert.Equal(outcome, new Talk(Channel.Voice).Start().Say(Talk.Bread).Key(keys).Last.Outcome);
        Assert.Equal(outcome, new Talk(Channel.Voice).Start().Say(Talk.Piano).Key(keys).Last.Outcome);
    }

    [Fact]
    public void A_key_that_was_not_offered_is_a_miss() => Assert.StartsWith("gibberish.", new Talk(Channel.Voice).Start().Say(Talk.Bread).Key("4").Answer, StringComparison.Ordinal);

    // --- choices ---

    [Theory]
    [InlineData("1", "ssa-tune-piano")]
    [InlineData("one", "ssa-tune-piano")]
    [InlineData("the first one", "ssa-tune-piano")]
    [InlineData("number one please", "ssa-tune-piano")]
    [InlineData("option 2", "opm-tune-piano")]
    [InlineData("two", "opm-tune-piano")]
    [InlineData("the second", "opm-tune-piano")]
    [InlineData("2.", "opm-tune-piano")]
    public void A_choice_is_picked_by_number_and_place(string said, string slug) => Assert.Equal(slug, WithChoiceOfAgency().Say(said).Last.Outcome);

    [Theory]
    [InlineData("agency-ssa", "ssa-tune-piano")]
    [InlineData("it's about social security", "ssa-tune-piano")]
    [InlineData("opm", "opm-tune-piano")]
    public void A_choice_is_picked_by_its_words(string said, string slug) => Assert.Equal(slug, WithChoiceOfAgency().Say(said).Last.Outcome);

    [Theory]
    [InlineData("yes, that helped", true)]
    [InlineData("no", false)]
    [InlineData("yes", true)]
    [InlineData("2", false)]
    public void Whether_an_answer_helped_is_recorded(string said, bool helped)
    {
        var talk = new Talk(Channel.Web).Start().Say(Talk.Bread).Say(said is "yes, that helped" ? "1" : said);

        Assert.Equal([new Effect.RecordFeedback("ssa-bake-bread", helped)], talk.Last.Effects);
    }

    [Fact]
    public void A_new_question_wins_over_choices()
    {
        Assert.Equal("ssa-paint-fence", WithChoiceOfAgency().Say(Talk.Fence).Last.Outcome);
        Assert.Equal("ssa-paint-fence", new Talk(Channel.Sms).Start().Say(Talk.Bread).Say(Talk.Fence).Last.Outcome);
    }

    [Fact]
    public void More_is_told_on_the_phone_and_offered_once()
    {
        var talk = new Talk(Channel.Voice).Start().Say(Talk.Bread);
        Assert.Contains("more-offer.", talk.Answer, StringComparison.Ordinal);

        talk.Say("yes");

        Assert.StartsWith("Spoken rest of ssa-bake-bread.", talk.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain("more-choice.", talk.Last.Reply.Choices.Select(choice => choice.Title));
    }

    [Fact]
    public void An_answer_is_texted_when_asked_for()
    {
        var talk = new Talk(Channel.Voice).Start().Say(Talk.Fence);
        var texted = talk.Last.Reply.Choices.Single(choice => choice.Title == "text-me-choice.");

        talk.Key($"{texted.Number}");

        Assert.Equal([new Effect.SendText("Text answer of ssa-paint-fence. Call 1-800-555-0199.")], talk.Last.Effects);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void No_text_is_offered_to_those_who_opted_out_or_hide_their_number(bool hasNumber, bool optedOut)
    {
        var talk = new Talk(Channel.Voice) { HasNumber = hasNumber, OptedOut = optedOut }.Start().Say(Talk.Fence);

        Assert.DoesNotContain("text-me-choice.", talk.Last.Reply.Choices.Select(choice => choice.Title));
    }

    // --- the agency ---

    [Fact]
    public void The_agency_is_asked_once()
    {
        var talk = WithChoiceOfAgency().Say("start over please, no: " + Talk.Fence);
        Assert.True(talk.State.AgencyAsked);

        talk.Say(Talk.Piano);

        Assert.IsType<Pending.Menu>(talk.State.Pending);
        Assert.DoesNotContain("which-agency.", talk.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public void The_agency_that_was_told_holds_for_later_questions()
    {
        var talk = WithChoiceOfAgency().Say("2").Say(Talk.Fence).Say(Talk.Piano);

        Assert.Equal(Agency.Opm, talk.State.Agency);
        Assert.Equal("opm-tune-piano", talk.Last.Outcome);
    }

    [Theory]
    [InlineData(Agency.Ssa, "ssa-tune-piano")]
    [InlineData(Agency.Opm, "opm-tune-piano")]
    public void A_known_agency_is_not_asked_for(Agency agency, string slug) =>
        Assert.Equal(slug, new Talk(Channel.Web, agency).Start().Say(Talk.Piano).Last.Outcome);

    // --- misses ---

    [Theory, MemberData(nameof(Channels))]
    public void Two_reprompts_then_a_person(Channel channel)
    {
        var talk = new Talk(channel).Start();

        Assert.StartsWith("gibberish.", talk.Say("blah blah").Answer, StringComparison.Ordinal);
        Assert.StartsWith("no-match-second.", talk.Say("blah blah").Answer, StringComparison.Ordinal);
        Assert.StartsWith("offer-person.", talk.Say("blah blah").Answer, StringComparison.Ordinal);
        Assert.Equal(EscalationReason.NotUnderstood, Opened(talk.Key("1")).Reason);
    }

    [Fact]
    public void A_match_forgives_earlier_misses()
    {
        var talk = new Talk(Channel.Web).Start().Say("blah blah").Say("blah blah").Say(Talk.Bread).Say("blah blah");

        Assert.StartsWith("gibberish.", talk.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Silence_is_counted_apart_from_misses()
    {
        var talk = new Talk(Channel.Voice).Start();

        Assert.StartsWith("gibberish.", talk.Say("blah blah").Answer, StringComparison.Ordinal);
        Assert.StartsWith("no-input-first.", talk.Silence().Answer, StringComparison.Ordinal);
        Assert.StartsWith("no-match-second.", talk.Say("blah blah").Answer, StringComparison.Ordinal);
        Assert.StartsWith("no-input-second.", talk.Silence().Answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Three_silences_open_a_case_and_end_the_call()
    {
        var talk = new Talk(Channel.Voice).Start().Silence().Silence().Silence();

        Assert.Equal(EscalationReason.Silence, Opened(talk).Reason);
        Assert.IsType<ReplyEnd.HangUp>(talk.Last.Reply.End);
    }

    [Fact]
    public void Silence_repeats_the_question()
    {
        var talk = new Talk(Channel.Voice).Start().Say(Talk.Bread);
        var answer = talk.Answer;

        Assert.EndsWith(answer, talk.Silence().Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("?!")]
    [InlineData("😀😀")]
    [InlineData("\u0000\u0001")]
    [InlineData("\ud800")]
    public void Words_without_words_are_a_miss(string text) => Assert.Equal("abstain", new Talk(Channel.Sms).Start().Say(text).Last.Outcome);

    [Fact]
    public void A_topic_that_is_not_here_is_named()
    {
        var talk = new Talk(Channel.Web).Start().Say("how does the knight move over a chess board of pawns");

        Assert.Equal(("redirect-chess, chess.", "redirect"), (talk.Answer, talk.Last.Outcome));
    }

    [Fact]
    public void What_nothing_answers_is_offered_to_a_person_and_the_third_time_passed_on()
    {
        var talk = new Talk(Channel.Web).Start().Say("zebra quantum umbrella");
        Assert.StartsWith("not-here.", talk.Answer, StringComparison.Ordinal);

        Assert.Equal("anything-else.", talk.Say("no").Answer);
        Assert.Equal(EscalationReason.NotHere, Opened(talk.Say("zebra quantum umbrella").Say("zebra quantum umbrella").Say("zebra quantum umbrella")).Reason);
    }

    // --- the help desk ---

    [Theory]
    [InlineData(Channel.Web, "help desk")]
    [InlineData(Channel.Voice, "Help Desk.")]
    [InlineData(Channel.Sms, "HELP DESK")]
    [InlineData(Channel.Web, "agent")]
    [InlineData(Channel.Voice, "uh, a person please")]
    [InlineData(Channel.Web, "0")]
    public void A_person_is_had_from_anywhere(Channel channel, string said)
    {
        Talk[] places =
        [
            new Talk(channel).Start(),
            new Talk(channel).Start().Say(Talk.Bread),
            new Talk(channel).Start().Say(Talk.Piano),
            new Talk(channel).Start().Say("blah blah").Say("blah blah").Say("blah blah"),
            new Talk(channel),
        ];

        Assert.All(places, talk => Assert.Equal(EscalationReason.Asked, Opened(talk.Say(said)).Reason));
    }

    [Fact]
    public void A_conversation_opens_one_case_only()
    {
        var talk = new Talk(Channel.Voice).Start().Say("agent");
        var reference = talk.State.CaseReference;
        Assert.Contains($"case-opened, {reference}.", talk.Answer, StringComparison.Ordinal);

        talk.Say("help desk");
        Assert.IsType<Effect.UpdateEscalation>(Assert.Single(talk.Last.Effects));
        Assert.Contains($"case-exists, {reference}.", talk.Answer, StringComparison.Ordinal);

        talk.Say("start over").Key("0");
        Assert.IsType<Effect.UpdateEscalation>(Assert.Single(talk.Last.Effects));
        Assert.Equal(reference, talk.State.CaseReference);
    }

    [Fact]
    public void What_only_sounded_like_it_is_confirmed_first()
    {
        var talk = new Talk(Channel.Voice).Start().Say("held disk");
        Assert.StartsWith("help-desk-confirm.", talk.Answer, StringComparison.Ordinal);
        Assert.Empty(talk.Last.Effects);

        Assert.Equal(EscalationReason.Asked, Opened(talk.Say("yes")).Reason);
        Assert.Empty(new Talk(Channel.Voice).Start().Say("held disk").Say("no").Last.Effects);
    }

    [Theory]
    [InlineData(Channel.Voice, true, true, true)]
    [InlineData(Channel.Voice, true, false, false)]
    [InlineData(Channel.Voice, false, true, false)]
    [InlineData(Channel.Web, true, true, false)]
    [InlineData(Channel.Sms, true, true, false)]
    public void Only_calls_are_put_through_and_only_while_the_desk_is_open(Channel channel, bool isOpen, bool canTransfer, bool isTransferred)
    {
        var talk = new Talk(channel) { HelpDesk = new(isOpen, canTransfer) }.Start().Say("agent");

        _ = Opened(talk);
        Assert.Equal(isTransferred, talk.Last.Reply.End is ReplyEnd.Transfer);
        Assert.Equal(!isOpen, talk.Answer.Contains("case-closed.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Agency.Ssa, "person-ssa.")]
    [InlineData(Agency.Opm, "person-opm.")]
    [InlineData(Agency.Unknown, "person-unknown.")]
    public void Who_else_to_ask_depends_on_the_agency(Agency agency, string prompt) =>
        Assert.EndsWith(prompt, new Talk(Channel.Web, agency).Start().Say("agent").Answer, StringComparison.Ordinal);

    [Fact]
    public void A_transfer_that_failed_gives_the_reference_again()
    {
        var talk = new Talk(Channel.Voice) { HelpDesk = new(IsOpen: true, CanTransfer: true) }.Start().Say("agent").Take(new TurnInput.TransferFailed());

        Assert.StartsWith($"transfer-failed, {talk.State.CaseReference}.", talk.Answer, StringComparison.Ordinal);
        Assert.IsType<ReplyEnd.Listen>(talk.Last.Reply.End);
    }

    [Fact]
    public void Safety_comes_before_choices_and_answers()
    {
        Assert.StartsWith("crisis.", WithChoiceOfAgency().Say($"I want to kill myself. {Talk.Bread}").Answer, StringComparison.Ordinal);
        Assert.Equal("scam.", new Talk(Channel.Web).Start().Say("a man wants gift cards").Answer);
        Assert.StartsWith("compromise.", new Talk(Channel.Web).Start().Say("somebody is in my account").Answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Private_data_is_warned_about_masked_and_then_answered()
    {
        var talk = new Talk(Channel.Web).Start().Say($"123-45-6789 {Talk.Bread}");

        Assert.StartsWith("private-data. / Written answer of ssa-bake-bread.", talk.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain("6789", talk.Last.Heard, StringComparison.Ordinal);
        Assert.Equal("safety", talk.Last.Outcome);
    }

    // --- opting out ---

    public static TheoryData<string, bool> CarrierWords
    {
        get
        {
            var words = new TheoryData<string, bool>();
            words.AddRange([.. "STOP END QUIT CANCEL UNSUBSCRIBE REVOKE OPTOUT STOPALL stop Stop. STOP!".Split(' ').Select(word => (word, true))]);
            words.AddRange([.. "START YES UNSTOP start".Split(' ').Select(word => (word, false))]);
            return words;
        }
    }

    [Theory, MemberData(nameof(CarrierWords))]
    public void The_carriers_words_are_heard_in_every_place(string word, bool isOptOut)
    {
        Talk[] places = [new Talk(Channel.Sms), new Talk(Channel.Sms).Start().Say(Talk.Bread), WithChoiceOfAgency(Channel.Sms), new Talk(Channel.Sms).Say("held disk")];

        Assert.All(places, talk => Assert.Equal(
            isOptOut ? ConsentState.OptedOut : ConsentState.OptedIn,
            Assert.IsType<Effect.RecordConsent>(Assert.Single(talk.Say(word).Last.Effects)).State));
        Assert.All(places, talk => Assert.Equal(isOptOut ? "opt-out-confirmed." : "opt-in-confirmed.", talk.Answer));
    }

    [Theory]
    [InlineData("please stop texting me", ConsentMeans.Words, Channel.Sms)]
    [InlineData("STOP", ConsentMeans.Keyword, Channel.Sms)]
    [InlineData("stop texting me", ConsentMeans.Phone, Channel.Voice)]
    public void How_consent_reached_us_is_kept(string said, ConsentMeans means, Channel channel)
    {
        var recorded = Assert.IsType<Effect.RecordConsent>(Assert.Single(new Talk(channel).Start().Say(said).Last.Effects));

        Assert.Equal((ConsentState.OptedOut, means), (recorded.State, recorded.Means));
    }

    [Fact]
    public void The_web_knows_no_number_to_opt_out()
    {
        var talk = new Talk(Channel.Web).Start().Say("stop texting me");

        Assert.Equal("opt-out-web.", talk.Answer);
        Assert.Empty(talk.Last.Effects);
    }

    [Theory]
    [InlineData("how to bake a sourdough bread loaf in the oven")]
    [InlineData("agent")]
    [InlineData("STOP")]
    [InlineData("blah blah")]
    [InlineData("repeat")]
    [InlineData("hello")]
    [InlineData("a man wants gift cards")]
    [InlineData("1")]
    [InlineData("")]
    public void After_STOP_nothing_is_said_as_text(string said)
    {
        var talk = new Talk(Channel.Sms) { OptedOut = true }.Say(said);

        Assert.Empty(talk.Last.Reply.Messages);
        Assert.Empty(talk.Last.Effects);
    }

    [Theory]
    [InlineData("START", "opt-in-confirmed.")]
    [InlineData("HELP", "sms-help.")]
    [InlineData("i want to kill myself", "crisis.")]
    public void After_STOP_these_are_still_answered(string said, string prompt) =>
        Assert.StartsWith(prompt, new Talk(Channel.Sms) { OptedOut = true }.Say(said).Answer, StringComparison.Ordinal);

    [Theory]
    [InlineData(Channel.Web)]
    [InlineData(Channel.Voice)]
    public void Opting_out_of_texts_mutes_no_other_channel(Channel channel) =>
        Assert.Equal("ssa-bake-bread", new Talk(channel) { OptedOut = true }.Start().Say(Talk.Bread).Last.Outcome);

    [Theory]
    [InlineData(CarrierKeywordKind.Stop, ConsentState.OptedOut)]
    [InlineData(CarrierKeywordKind.Start, ConsentState.OptedIn)]
    [InlineData(CarrierKeywordKind.Help, null)]
    public void What_the_carrier_answered_is_recorded_and_not_answered_again(CarrierKeywordKind kind, ConsentState? state)
    {
        var talk = new Talk(Channel.Sms).Say(Talk.Bread).Take(new TurnInput.CarrierKeyword(kind, "ARRET"));

        Assert.Empty(talk.Last.Reply.Messages);
        Assert.Equal(state, talk.Last.Effects.OfType<Effect.RecordConsent>().SingleOrDefault()?.State);
    }

    [Theory]
    [InlineData(Channel.Web)]
    [InlineData(Channel.Voice)]
    public void Elsewhere_stop_ends_the_conversation(Channel channel)
    {
        var talk = new Talk(channel).Start().Say("stop");

        Assert.Equal("goodbye.", talk.Answer);
        Assert.IsType<ReplyEnd.HangUp>(talk.Last.Reply.End);
    }

    // --- everything ---

    [Fact]
    public void The_engine_takes_any_input_in_any_place() => Prop.ForAll(
        Gen.Elements(
            "start", "silence", "transfer-failed", "carrier", "key 0", "key 1", "key 3", "key *", "key 8", Talk.Bread, Talk.Piano, "repeat", "back", "start over", "wait",
            "1", "2", "yes", "no", "STOP", "START", "HELP", "agent", "held disk", "blah blah", "zebra quantum umbrella", "spanish", "", "in other words", "goodbye", "menu")
            .ArrayOf().ToArbitrary(),
        inputs =>
        {
            foreach (var channel in Enum.GetValues<Channel>())
            {
                var talk = new Talk(channel);
                foreach (var (input, index) in inputs.Select((input, index) => (input, index)))
                {
                    talk.OptedOut = index % 7 == 5;
                    talk.Take(input switch
                    {
                        "start" => new TurnInput.Started(),
                        "silence" => new TurnInput.Silence(),
                        "transfer-failed" => new TurnInput.TransferFailed(),
                        "carrier" => new TurnInput.CarrierKeyword(CarrierKeywordKind.Stop, "STOP"),
                        _ when input.StartsWith("key ", StringComparison.Ordinal) => new TurnInput.Keyed(input[4..]),
                        _ => new TurnInput.Said(input),
                    });
                    Assert.Equal(index + 1, talk.State.Turns);
                    Assert.True(talk.State.Earlier.Length <= 10);
                    Assert.True(talk.Last.Effects.OfType<Effect.OpenEscalation>().Count() <= 1);
                }
            }
        }).QuickCheckThrowOnFailure();

    static Talk WithChoiceOfAgency(Channel channel = Channel.Web)
    {
        var talk = new Talk(channel).Start().Say(Talk.Piano);
        Assert.StartsWith("which-agency.", talk.Answer, StringComparison.Ordinal);
        return talk;
    }

    static Effect.OpenEscalation Opened(Talk talk) => Assert.Single(talk.Last.Effects.OfType<Effect.OpenEscalation>());
}
