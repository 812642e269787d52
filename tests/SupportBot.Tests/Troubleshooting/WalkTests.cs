using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Escalations;
using SupportBot.Tests.Conversations;

namespace SupportBot.Tests.Troubleshooting;

/// <summary>Walking the flows of the sample content: <c>sail</c> and <c>bread</c>.</summary>
public sealed class WalkTests
{
    static Talk Sailing(Channel channel = Channel.Web) => new Talk(channel).Start().Say(Talk.Boat).Say("step by step");

    [Fact]
    public void An_answer_offers_its_steps_and_walking_begins_with_the_first_question()
    {
        var talk = new Talk(Channel.Web).Start().Say(Talk.Boat);

        Assert.Equal("steps-choice.", talk.Last.Reply.Choices[0].Title);
        Assert.Equal("When was it built?", talk.Say("1").Answer);
        Assert.Equal(["before the war", "after the war"], talk.Last.Reply.Choices.Select(choice => choice.Title));
        Assert.Equal("Which wind?", talk.Say("2").Answer);
        Assert.Equal("Hoist the sail. / step-choices.", talk.Say("north wind").Answer);
        Assert.Equal("steps-solved.", talk.Say("done").Answer);
        Assert.Null(talk.State.Walk);
    }

    [Fact]
    public void What_was_told_is_not_asked_and_is_said_back()
    {
        var talk = new Talk(Channel.Web).Start().Say("it was built in 2019 and the wind is from the north").Say(Talk.Boat).Say("step by step");

        Assert.Equal("steps-noted, before the war; north wind. / Old boats are fragile. / Hoist the sail. / step-choices.", talk.Answer);
    }

    [Fact]
    public void Back_undoes_exactly_one_answer()
    {
        var talk = Sailing().Say("new");
        var (answer, known) = (talk.Answer, talk.State.Known);
        talk.Say("north wind");

        Assert.Equal(answer, talk.Say("back").Answer);
        Assert.Equal(known, talk.State.Known);
        Assert.Equal("When was it built?", talk.Say("back").Answer);
        Assert.Empty(talk.State.Known);
    }

    [Theory]
    [InlineData("no, before 2021")]
    [InlineData("sorry, it is old")]
    [InlineData("it was built in 2015")]
    public void An_earlier_answer_is_corrected_at_any_later_step(string correction)
    {
        var talk = Sailing().Say("new").Say("north wind").Say(correction);

        Assert.Equal("steps-corrected, before the war. / Old boats are fragile. / Hoist the sail. / step-choices.", talk.Answer);
    }

    [Fact]
    public void Skip_takes_an_instruction_for_done_and_a_question_for_unsure()
    {
        Assert.Equal("When did you ask?", Sailing().Say("new").Say("skip").Answer);
        Assert.Equal("steps-solved.", Sailing().Say("new").Say("north wind").Say("skip").Answer);
        Assert.Equal("step-needed. / When was it built?", Sailing().Say("skip").Answer);
    }

    [Fact]
    public void Why_is_answered_and_the_step_is_said_again()
    {
        Assert.Equal("Because of the wood. / When was it built?", Sailing().Say("why do you ask").Answer);
        Assert.Equal("It pulls. / Hoist the sail. / step-choices.", Sailing().Say("new").Say("north wind").Say("why").Answer);
        Assert.Equal("step-why. / Reef the sail. / step-choices.", Sailing().Say("new").Say("warm").Say("why").Answer);
    }

    [Fact]
    public void A_question_in_the_middle_is_answered_and_the_step_comes_back()
    {
        var talk = Sailing().Say(Talk.Kite);

        Assert.StartsWith("Written answer of opm-fly-kite.", talk.Answer, StringComparison.Ordinal);
        Assert.EndsWith("steps-back. / When was it built?", talk.Answer, StringComparison.Ordinal);
        Assert.Equal("Which wind?", talk.Say("new").Answer);
    }

    [Fact]
    public void Another_topic_with_steps_of_its_own_leaves_the_choice_and_the_way_back()
    {
        var talk = Sailing().Say("who " + Talk.Piano);
        Assert.EndsWith("topic-changed.", talk.Answer, StringComparison.Ordinal);

        Assert.Equal("steps-back. / When was it built?", talk.Say("resume-choice").Answer);

        talk = Sailing().Say("who " + Talk.Piano).Say("steps-choice");
        Assert.Equal("Knead it. / step-choices.", talk.Answer);
        Assert.Equal("steps-solved. / resume-offer, Sailing.", talk.Say("done").Answer);
        Assert.Equal("steps-back. / When was it built?", talk.Say("1").Answer);
    }

    [Fact]
    public void The_day_of_the_request_gives_the_days_of_the_mail()
    {
        var talk = Sailing().Say("new").Say("dont know").Say("November 13");

        Assert.StartsWith("By Monday, November 23, until Sunday, December 13. / steps-later, ", talk.Answer, StringComparison.Ordinal);
        Assert.StartsWith("Soon. / steps-later, ", Sailing().Say("new").Say("dont know").Say("lately").Answer, StringComparison.Ordinal);
        Assert.Equal("Knead it. / step-choices.", Sailing().Say("new").Say("dont know").Say("two months ago").Answer);
    }

    [Fact]
    public void Later_keeps_the_place_under_a_case_that_nobody_waits_for()
    {
        var talk = Sailing().Say("new").Say("another day");

        var opened = Assert.Single(talk.Last.Effects.OfType<Effect.OpenEscalation>());
        Assert.Equal(EscalationReason.Later, opened.Reason);
        Assert.Contains("built: new", opened.Summary, StringComparison.Ordinal);
        Assert.Equal("steps-back. / Which wind?", talk.Say("go on").Answer);
        Assert.Equal(EscalationReason.Asked, Assert.Single(talk.Say("agent").Last.Effects.OfType<Effect.UpdateEscalation>()).Reason);
    }

    [Fact]
    public void A_caller_may_have_the_steps_as_a_text_once_they_agree()
    {
        var talk = Sailing(Channel.Voice).Say("new").Say("north wind").Say("text me");
        Assert.Empty(talk.Last.Effects);

        talk.Key("1");

        Assert.Equal(new Effect.SendText("Sailing\n1. Hoist the sail."), Assert.Single(talk.Last.Effects));
        Assert.StartsWith("text-me-done. / Hoist the sail.", talk.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Failing_twice_at_one_step_brings_a_person_with_everything_tried()
    {
        var talk = Sailing().Say("new").Say("north wind").Say("it failed").Say("it failed").Say("it failed");

        var opened = Assert.Single(talk.Last.Effects.OfType<Effect.OpenEscalation>());
        Assert.Equal(EscalationReason.Stuck, opened.Reason);
        Assert.Contains("tried sail/hoist failed", opened.Summary, StringComparison.Ordinal);
        Assert.Contains("tried sail/reef failed", opened.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void An_act_that_cannot_be_done_here_says_so_and_goes_on()
    {
        var talk = new Talk(Channel.Web, Agency.Opm).Start().Say(Talk.Piano).Say("step by step").Say("it failed");

        Assert.StartsWith("code-not-here. / case-opened, ", talk.Answer, StringComparison.Ordinal);
        Assert.IsType<Effect.SendText>(Assert.Single(new Talk(Channel.Voice, Agency.Opm).Start().Say(Talk.Piano).Say("step by step").Say("done").Last.Effects));
    }

    [Fact]
    public void An_instruction_on_the_phone_waits_and_the_third_silence_offers_a_person()
    {
        var talk = Sailing(Channel.Voice).Say("new").Say("north wind");
        Assert.Equal(new ReplyEnd.Listen(Patient: true), talk.Last.Reply.End);

        Assert.Equal("step-waiting.", talk.Silence().Answer);
        Assert.Equal("step-waiting.", talk.Silence().Answer);
        Assert.StartsWith("still-there.", talk.Silence().Answer, StringComparison.Ordinal);
        Assert.StartsWith("steps-back. / Hoist the sail.", talk.Key("2").Answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Three_misses_offer_a_person_and_no_leads_back_to_the_step()
    {
        var talk = Sailing();
        Assert.StartsWith("step-missed.", talk.Say("blah blah").Answer, StringComparison.Ordinal);
        Assert.StartsWith("step-missed-second.", talk.Say("blah blah").Answer, StringComparison.Ordinal);
        Assert.StartsWith("offer-person.", talk.Say("blah blah").Answer, StringComparison.Ordinal);
        Assert.Equal("steps-back. / When was it built?", talk.Say("2").Answer);
    }

    [Fact]
    public void Two_people_on_one_phone_are_kept_apart()
    {
        var talk = Sailing(Channel.Sms).Say("new").Say("my wife now");
        Assert.StartsWith("other-person.", talk.Answer, StringComparison.Ordinal);
        Assert.Empty(talk.State.Known);

        talk.Say(Talk.Boat).Say("step by step").Say("old");
        Assert.StartsWith("other-person-back. / Which wind?", talk.Say("back to me").Answer, StringComparison.Ordinal);
        Assert.Equal("new", talk.State.Known["built"]);
        Assert.Equal("old", talk.State.Other!.Known["built"]);
    }

    [Fact]
    public void Start_over_forgets_the_way()
    {
        var talk = Sailing().Say("new").Say("start over");

        Assert.Null(talk.State.Walk);
        Assert.Empty(talk.State.Known);
    }

    [Fact]
    public void A_correction_that_begins_with_wait_asks_for_no_time() =>
        Assert.StartsWith("steps-corrected, before the war.", Sailing().Say("new").Say("north wind").Say("wait, it was built in 2015").Answer, StringComparison.Ordinal);

    [Fact]
    public void A_bare_answer_corrects_only_the_question_before_and_no_clue_corrects_none()
    {
        Assert.StartsWith("steps-corrected, south wind.", Sailing().Say("new").Say("north wind").Say("warm").Answer, StringComparison.Ordinal);
        Assert.StartsWith("step-missed.", Sailing().Say("new").Say("north wind").Say("old").Answer, StringComparison.Ordinal);
        Assert.StartsWith("step-missed.", Sailing().Say("new").Say("north wind").Say("no clue").Answer, StringComparison.Ordinal);
    }

    [Fact]
    public void The_choices_are_said_again_and_go_on_at_a_question_asks_it_again()
    {
        Assert.Equal("When was it built?", Sailing().Say("the choices").Answer);
        Assert.Equal("When was it built?", Sailing().Say("go on").Answer);
    }

    [Fact]
    public void Step_by_step_after_later_goes_on_where_it_stopped() =>
        Assert.Equal("steps-back. / Which wind?", Sailing().Say("new").Say("another day").Say("step by step").Answer);

    [Fact]
    public void By_text_a_question_is_said_once() => Assert.Single(Sailing(Channel.Sms).Say("text me").Last.Reply.Messages);

    [Fact]
    public void Somebody_else_may_take_over_before_any_step()
    {
        var talk = new Talk(Channel.Voice).Start().Say("my wife now");

        Assert.StartsWith("other-person.", talk.Answer, StringComparison.Ordinal);
        Assert.StartsWith("other-person-back.", talk.Say("back to me").Answer, StringComparison.Ordinal);
        Assert.Null(new Talk(Channel.Web).Start().Say("back to me").State.Other);
    }

    [Fact]
    public void The_case_number_is_told_when_asked_for_and_a_person_is_offered_where_there_is_none()
    {
        Assert.StartsWith("case-none.", Sailing().Say("what is my case number").Answer, StringComparison.Ordinal);
        Assert.Matches("^case-is, C-0000 [0-9]{4}.", Sailing().Say("another day").Say("what is my case number").Answer);
        Assert.StartsWith("steps-back. / When was it built?", Sailing().Say("what is my case number").Say("2").Answer, StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_miss_only_the_question_is_said_again() =>
        Assert.Equal("gibberish.", Sailing().Say("new").Say("north wind").Say("done").Say("blah blah").Answer);

    [Fact]
    public void Go_on_at_the_offer_of_a_person_leads_back_to_the_step() =>
        Assert.Equal("steps-back. / When was it built?", Sailing().Say("blah blah").Say("blah blah").Say("blah blah").Say("go on").Answer);

    // --- a case elsewhere ---

    static CaseOnFile Kept(CaseProof proof)
    {
        var talk = Sailing(Channel.Voice).Say("new").Say("another day");
        return new(new("C-4821 9930"), proof, talk.State with { Id = new("elsewhere") });
    }

    [Theory]
    [InlineData("C-4821 9930")]
    [InlineData("my case number is c 4 8 2 1 9 9 3 0")]
    [InlineData("see four eight two one nine nine three zero")]
    public void A_case_named_by_the_same_contact_goes_on_where_it_stopped(string named)
    {
        var talk = new Talk(Channel.Sms) { Case = Kept(CaseProof.Given) }.Say(named);

        Assert.StartsWith("case-found, C-4821 9930. / Which wind?", talk.Answer, StringComparison.Ordinal);
        Assert.Equal(new Effect.JoinEscalation(new("C-4821 9930")), Assert.Single(talk.Last.Effects));
        Assert.Equal("Hoist the sail.\nstep-choices.", talk.Say("north wind").Answer.Replace(" / ", "\n", StringComparison.Ordinal).Split("\n1 =")[0]);
    }

    [Fact]
    public void On_the_web_the_last_digits_are_the_proof_and_are_not_written_down()
    {
        var talk = new Talk(Channel.Web) { Case = Kept(CaseProof.Wanted) }.Start().Say("C-4821 9930");
        Assert.Equal("case-prove.", talk.Answer);

        talk.Case = Kept(CaseProof.Wrong);
        Assert.Equal("case-proof-wrong.", talk.Say("1111").Answer);
        Assert.DoesNotContain("1111", talk.Last.Heard, StringComparison.Ordinal);

        talk.Case = Kept(CaseProof.Given);
        Assert.Equal("case-found, C-4821 9930. / Which wind?", talk.Say("zero one two three").Answer);
    }

    [Fact]
    public void Without_proof_only_the_general_part_is_told()
    {
        var talk = new Talk(Channel.Web) { Case = Kept(CaseProof.Impossible) }.Start().Say("C-4821 9930");
        Assert.Equal("case-general. / When was it built?", talk.Answer);
        Assert.Empty(talk.Last.Effects);

        talk = new Talk(Channel.Web) { Case = Kept(CaseProof.Wanted) }.Start().Say("C-4821 9930");
        talk.Case = Kept(CaseProof.Wrong);
        Assert.Equal("case-general. / When was it built?", talk.Say("1111").Say("2222").Say("3333").Answer);
        Assert.Equal("case-general. / When was it built?", talk.Say("C-4821 9930").Answer);
    }

    [Fact]
    public void An_unknown_case_is_not_found() => Assert.Equal("case-unknown.", new Talk(Channel.Web).Start().Say("my case is C-0000 1111").Answer);
}
