using System.Collections.Immutable;
using System.Diagnostics;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Troubleshooting;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Conversations;

/// <content>Ways through trouble, one step at a time.</content>
sealed partial class TurnTaking
{
    /// <summary>Turns without a new step, after which a person takes over.</summary>
    const int MostIdle = 24;

    const int MostTried = 40;
    const int MostPaused = 3;
    const int MostTextedSteps = 5;
    const int MostFailuresOfStep = 2;
    const int FewestWordsOfQuestion = 5;
    const int MostWordsOfAnswer = 14;
    const int MostWordsOfCorrection = 8;
    const int MostWordsOfBareAnswer = 4;
    const int MostNoted = 4;
    const int FewestWordsOfOtherTopic = 5;

    StepLexicon StepWords => book.Pack.Steps;

    FlowBook Flows => engine.Library.Flows;

    bool IsAtInstruction => state is { Pending: Pending.AtStep, Walk: { } walk } && Flows.StepAt(walk.At) is Step.Do;

    Circumstances Around() => new(
        state.Known, situation.Today, situation.OptedOut, situation.HelpDesk.IsOpen, situation.HasNumber, state.Channel, situation.TakesTexts, situation.Code);

    // --- beginning, going on, returning ---

    /// <summary>Begins a flow; one that was under way is left for later.</summary>
    Turn Begin(string flow, params ImmutableArray<Message> first)
    {
        state = Paused(Matched());
        if (state.Agency == Agency.Unknown)
        {
            state = state with { Agency = Flows.Flows[flow].Agency };
        }

        return Arrive(engine.Walker.Enter(flow, Around()), [.. first, .. Noted(Prompts.StepsNoted, Flows.SlotsAhead(flow).Intersect(state.Known.Keys, StringComparer.Ordinal))], "steps");
    }

    /// <summary>The turn in which a walk comes to its next stop.</summary>
    Turn Arrive(Stop stop, ImmutableArray<Message> first, string outcome)
    {
        visited.AddRange(stop.Visited);
        var messages = ImmutableArray.CreateBuilder<Message>();
        messages.AddRange(first);
        var place = stop.Walk.At.ToString();
        var isNew = !stop.Walk.Seen.Contains(place);
        var walk = isNew ? stop.Walk with { Seen = stop.Walk.Seen.Add(place), Idle = 0 } : stop.Walk;
        state = Matched() with { Walk = walk, Pending = new Pending.AtStep() };
        foreach (var step in stop.Passed)
        {
            messages.AddRange(step switch
            {
                Step.Tell tell => [Told(tell)],
                Step.Act act => Acted(act, walk),
                _ => throw new UnreachableException(),
            });
        }

        var reply = new Reply { Messages = messages.ToImmutable() };
        return stop.At is Step.End end ? Ended(end, reply, outcome) : Done(state, reply.Then(StepView()), outcome);
    }

    /// <summary>The step at which the walk waits, with what may be answered.</summary>
    Reply StepView()
    {
        switch (Flows.StepAt(state.Walk!.At))
        {
            case Step.Ask ask:
                var slot = Flows.Slots[ask.Slot];
                return book.Offer(Reply.Nothing, book.Text(ask.Say ?? slot.Ask), slot.Values.Select(value => book.Text(value.Title)));
            case Step.Do instruction:
                var said = new Reply { Messages = [new([new Span.Text(book.Text(instruction.Say))])] };
                var titles = (string[])[book.Text(Prompts.StepDoneChoice), book.Text(Prompts.StepNotYetChoice), book.Text(Prompts.StepFailedChoice)];

                // The phone's prompt names the keys itself, in the order in which a person needs them.
                return state.Channel == Channel.Voice
                    ? said.Then(book.Reply(Prompts.StepChoices)) with { Choices = [.. titles.Select((title, index) => new Choice(index + 1, title))], End = new ReplyEnd.Listen(Patient: true) }
                    : book.Offer(said, book.Text(Prompts.StepChoices), titles);
            default:
                throw new UnreachableException();
        }
    }

    Message Told(Step.Tell tell)
    {
        if (tell.Dated is null || !state.Known.TryGetValue(FlowCheck.MailWindowSlot, out var kept) || !LocalDay.TryParse(kept, out var day))
        {
            return new([new Span.Text(book.Text(tell.Say))]);
        }

        var window = new MailWindow(day);
        return new([new Span.Text(Template.Fill(book.Text(tell.Dated), name => name switch
        {
            "expected-by" => DayText.Of(window.ExpectedBy, state.Language),
            "valid-until" => DayText.Of(window.ValidUntil, state.Language),
            _ => null,
        }))]);
    }

    ImmutableArray<Message> Acted(Step.Act act, Walk walk)
    {
        var can = FlowWalker.CanDo(act, Around());
        switch (act.Kind)
        {
            case FlowAct.ResendCode when can:
                // Steps resend where a text was wished for; another way is better than none.
                return SentAgain(situation.Code!, situation.Code!.WaysNow.Contains(DeliveryChannel.Text) ? DeliveryChannel.Text : situation.Code!.WaysNow[0]);
            case FlowAct.CallCode when can:
                return SentAgain(situation.Code!, DeliveryChannel.Call);
            case FlowAct.ResendCode or FlowAct.CallCode when situation.Code is { Wait: { } wait } code && wait > TimeSpan.Zero:
                return [CodeSays(Prompts.CodeWait, code, wait)];
            case FlowAct.ResendCode or FlowAct.CallCode:
                return [book.Say(Prompts.CodeNotHere)];
            case FlowAct.TextSteps when can:
                effects.Add(new Effect.SendText(TextOf(walk)));
                return [book.Say(Prompts.TextMeDone)];
            case FlowAct.TextSteps:
                return [];
            case FlowAct.OpenCase:
                return Referenced(WriteCase(EscalationReason.Stuck) ? Prompts.CaseOpened : Prompts.CaseExists).Messages;
            default:
                throw new UnreachableException();
        }
    }

    Turn Ended(Step.End end, Reply reply, string outcome)
    {
        if (end.Say is not null)
        {
            reply = reply.Then(new() { Messages = [new([new Span.Text(book.Text(end.Say))])] });
        }

        switch (end.Kind)
        {
            case FlowEnd.Person:
                return HelpDesk(EscalationReason.Stuck, reply.Messages, outcome);
            case FlowEnd.Later:
                return Kept(reply, outcome);
            case FlowEnd.Solved:
                // What was chosen on this way says nothing about the next one.
                state = state with
                {
                    Walk = null, Pending = new Pending.Open(), Known = state.Known.RemoveRange(state.Known.Keys.Where(slot => !Flows.Slots.TryGetValue(slot, out var known) || !known.IsLasting)),
                };
                reply = reply.Then(book.Reply(Prompts.StepsSolved));
                return state.Paused.IsEmpty ? Done(state, reply, outcome) : OfferResume(reply, outcome);
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>The way is kept under a case; a caller may have the steps as a text.</summary>
    Turn Kept(Reply reply, string outcome)
    {
        var walk = state.Walk!;
        _ = WriteCase(EscalationReason.Later);
        reply = reply.Then(Referenced(Prompts.StepsLater));
        var isWaiting = Flows.StepAt(walk.At) is not Step.End;
        state = isWaiting ? Paused(state) : state with { Walk = null };
        state = state with { Pending = new Pending.Open() };
        return isWaiting && state.Channel == Channel.Voice && situation.TakesTexts
            ? Done(state with { Pending = new Pending.OfferText() }, OfferText(reply), outcome)
            : Done(state, reply, outcome);
    }

    Turn OfferResume(Reply reply, string outcome)
    {
        var title = book.Text(Flows.Flows[state.Paused[^1].Began].Title);
        return Done(
            state with { Pending = new Pending.OfferResume() },
            book.Offer(reply, Template.Fill(book.Text(Prompts.ResumeOffer), name => name == "title" ? title : null), book.Text(Prompts.ResumeChoice), book.Text(Prompts.NoChoice)),
            outcome);
    }

    Turn OfferSteps(Flow flow) => Done(
        Matched() with { Pending = new Pending.OfferSteps(flow.Name) },
        book.Offer(Reply.Nothing, book.Text(Prompts.NotHelpedSteps), book.Text(Prompts.StepsChoice), book.Text(Prompts.HelpDeskChoice), book.Text(Prompts.NoChoice)),
        "choice");

    /// <summary>Back to the step that waits, or to the way that was left.</summary>
    Turn Return()
    {
        if (state.Walk is null && !state.Paused.IsEmpty)
        {
            state = state with { Walk = state.Paused[^1], Paused = state.Paused[..^1] };
        }

        return state.Walk is { } walk && engine.Walker.Knows(walk)
            ? Arrive(engine.Walker.Resume(walk, Around()), [book.Say(Prompts.StepsBack)], "steps")
            : Done(Matched() with { Walk = null, Pending = new Pending.Open() }, book.Reply(Prompts.AnythingElse), "steps");
    }

    /// <summary>The walk under way, if any, left for later.</summary>
    static Conversation Paused(Conversation state) => state.Walk is { } walk
        ? state with { Walk = null, Paused = [.. state.Paused.Where(other => other.Began != walk.Began).TakeLast(MostPaused - 1), walk] }
        : state;

    Turn Accepted() => state.Pending is Pending.OfferText ? Texted() : Return();

    Turn Declined()
    {
        if (state.Pending is Pending.OfferText)
        {
            return state.Walk is null ? AnythingElse("no") : Return();
        }

        state = state with { Paused = [] };
        return AnythingElse("no");
    }

    // --- what is said at a step ---

    /// <summary>Words that begin or resume steps, or change who speaks, where no step waits; null for anything else.</summary>
    Turn? Wanted(string folded, Reading reading)
    {
        switch (WordAbout(folded, isInstruction: false))
        {
            case StepWord.Walk when state.Pending is Pending.Menu or Pending.WhichAgency:
                // Step by step through what? The list is still open.
                return Done(Matched(), Again(), "clarify", isContent: false);
            case StepWord.Walk when state is { Walk: null, Pending: not Pending.AfterAnswer, Paused: not [] }:
                return Return();
            case StepWord.Walk when state is { Walk: null, LastAnswer: { } slug } && Flows.AfterEntry(slug) is { } flow:
                return Begin(flow.Name);
            case StepWord.Resume when state.Walk is not null || !state.Paused.IsEmpty:
                return Return();
            case StepWord.FirstPerson when state.Other is not null:
                return OtherPerson();
            case StepWord.OtherPerson when !IsOfTopic(folded, reading):
                return OtherPerson();

            // Nobody picked from the list: it is the instruction before it that is done.
            case StepWord.Done when state is { Walk: { } walk, Pending: Pending.Menu or Pending.WhichAgency } && Flows.StepAt(walk.At) is Step.Do instruction:
                return Tried(instruction, isDone: true);
            default:
                return null;
        }
    }

    /// <summary>The word about steps in a message. "Go on" is said when an instruction is done; anywhere else it only means to go on.</summary>
    StepWord? WordAbout(string folded, bool isInstruction) =>
        StepWords.Match(folded) is var word && word == StepWord.Done && !isInstruction && StepWords.Holds(StepWord.Resume, folded) ? StepWord.Resume : word;

    /// <summary>"My husband needs a new activation code" already says what he needs.</summary>
    static bool IsOfTopic(string folded, Reading reading) =>
        folded.AsSpan().Count(' ') >= FewestWordsOfOtherTopic && reading.Meaning is Interpretation.Answer or Interpretation.Menu or Interpretation.WhichAgency;

    /// <summary>Whether a short message answers the step that waits.</summary>
    bool IsStepAnswer(string folded) =>
        StepWords.Match(folded) is not null
        || ChoiceMatcher.Match(folded, state.LastReply.Choices, StepWords.Holds(StepCue.Asks, folded)) is not null
        || IsAnswerOfSlot(folded);

    bool IsAnswerOfSlot(string folded) =>
        state is { Pending: Pending.AtStep, Walk: { } walk } && Flows.StepAt(walk.At) is Step.Ask ask && folded.AsSpan().Count(' ') < MostWordsOfBareAnswer
        && Flows.Slots[ask.Slot].Answered(folded, state.Language, situation.Today) is not null;

    /// <summary>An answer to the step, a word about it, a correction of an earlier one; null when the message is about something else.</summary>
    /// <param name="text">As it came.</param>
    /// <param name="folded">The same, folded.</param>
    /// <param name="reading">What it means on its own.</param>
    /// <param name="learnt">Slots that it told without having been asked, with what was known before.</param>
    Turn? AtStep(string text, string folded, Reading reading, ImmutableArray<string> learnt)
    {
        var step = Flows.StepAt(state.Walk!.At);
        var isYes = IsPlainYes(folded) || reading.Meaning is Interpretation.Command { Kind: CommandKind.Yes };
        var isNo = reading.Meaning is Interpretation.Command { Kind: CommandKind.No };
        if (ChoiceMatcher.Exact(folded, state.LastReply.Choices) is { } exact)
        {
            return StepChoice(exact);
        }

        var isQuestion = StepWords.IsQuestion(text, folded);
        var asks = StepWords.Holds(StepCue.Asks, folded);
        var words = folded.AsSpan().Count(' ') + 1;
        if (step is Step.Ask ask)
        {
            // In a long message or a question a short answer's words may mean anything; what is sure anywhere still counts.
            var value = words > MostWordsOfAnswer || asks || (isQuestion && words >= FewestWordsOfQuestion) ? null : Flows.Slots[ask.Slot].Answered(folded, state.Language, situation.Today);
            if ((value ?? (learnt.Contains(ask.Slot) ? state.Known[ask.Slot] : null)) is { } told)
            {
                return Fill(ask, told, learnt);
            }
        }

        if (ChoiceMatcher.Match(folded, state.LastReply.Choices, asks) is { } number)
        {
            return StepChoice(number);
        }

        var about = WordAbout(folded, step is Step.Do);
        if (about is StepWord.NotYet or StepWord.Done && !isQuestion && StepWords.Holds(StepCue.Correction, folded) && Corrected(folded, learnt) is { } instead)
        {
            // "No wait, I made it in 2022" asks for no time.
            return instead;
        }

        if (about is { } word && !(text.Contains('?', StringComparison.Ordinal) && word is StepWord.Done or StepWord.Failed or StepWord.NotYet or StepWord.Skip) && AboutStep(word, step) is { } said)
        {
            return said;
        }

        if (step is Step.Do instruction && (isYes || isNo))
        {
            return isYes ? Tried(instruction, isDone: true) : Waits("not-yet");
        }

        if (!isQuestion && Corrected(folded, learnt) is { } corrected)
        {
            return corrected;
        }

        var isLong = words >= FewestWordsOfQuestion;
        var ahead = learnt.Intersect(Flows.SlotsAhead(state.Walk!.Flow), StringComparer.Ordinal).ToImmutableArray();
        if (!ahead.IsEmpty && !isQuestion)
        {
            // Told ahead of its question: it will not be asked.
            return Done(Matched() with { Pending = new Pending.AtStep() }, new Reply { Messages = Noted(Prompts.StepsNoted, ahead) }.Then(StepView()), "steps");
        }

        return reading.Meaning switch
        {
            Interpretation.Answer or Interpretation.Redirect when isQuestion || isLong => null,
            Interpretation.Menu or Interpretation.WhichAgency when asks || (isQuestion && isLong) => null,
            Interpretation.Answer or Interpretation.Redirect or Interpretation.Menu or Interpretation.WhichAgency or Interpretation.NotHere => Missed(),
            Interpretation.Command { Kind: CommandKind.Yes or CommandKind.No } => Missed(),

            // Whoever takes our texts asks for none "again": it is a way of getting codes that is meant.
            Interpretation.Command { Kind: CommandKind.OptIn } when !situation.OptedOut => Missed(),
            _ => null,
        };
    }

    Turn StepChoice(int number) => Flows.StepAt(state.Walk!.At) switch
    {
        Step.Ask ask => number <= Flows.Slots[ask.Slot].Values.Length ? Fill(ask, Flows.Slots[ask.Slot].Values[number - 1].Name, []) : Missed(),
        Step.Do instruction => number switch
        {
            1 => Tried(instruction, isDone: true),
            2 => Waits("not-yet"),
            3 => Tried(instruction, isDone: false),
            _ => Missed(),
        },
        _ => throw new UnreachableException(),
    };

    Turn? AboutStep(StepWord word, Step step)
    {
        switch (word)
        {
            case StepWord.OtherPerson:
                return OtherPerson();
            case StepWord.FirstPerson when state.Other is not null:
                return OtherPerson();
            case StepWord.Again:
                return Done(Matched(), StepView(), "repeat", isPlace: false);
            case StepWord.Why:
                var why = step switch
                {
                    Step.Ask ask => book.Text(Flows.Slots[ask.Slot].Why),
                    Step.Do { Why: { } given } => book.Text(given),
                    _ => book.Text(Prompts.StepWhy),
                };
                return Done(Matched(), new Reply { Messages = [new([new Span.Text(why)])] }.Then(StepView()), "why", isPlace: false);
            case StepWord.TextMe:
                return AskToText();
            case StepWord.Later:
                return Kept(Reply.Nothing, "later");
            case StepWord.Resume or StepWord.Walk:
                return Done(Matched(), StepView(), "steps", isPlace: false);
            case StepWord.Skip:
                return step switch
                {
                    Step.Do instruction => Tried(instruction, isDone: true),
                    Step.Ask ask when Flows.Slots[ask.Slot].Values.FirstOrDefault(value => value.Name == UnsureValue) is { } unsure => Fill(ask, unsure.Name, []),
                    _ => Done(Matched(), book.Reply(Prompts.StepNeeded).Then(StepView()), "skip", isPlace: false),
                };
            case StepWord.Done when step is Step.Do instruction:
                return Tried(instruction, isDone: true);
            case StepWord.Failed when step is Step.Do instruction:
                return Tried(instruction, isDone: false);
            case StepWord.NotYet when step is Step.Do:
                return Waits("not-yet");
            case StepWord.Done:
                // Elsewhere "done" may mean goodbye; to a question it is no answer.
                return Missed();
            default:
                return null;
        }
    }

    const string UnsureValue = "unsure";

    Turn Fill(Step.Ask ask, string value, ImmutableArray<string> learnt)
    {
        Know(ask.Slot, value);
        state = state with { Tried = [.. state.Tried.TakeLast(MostTried - 1), $"{state.Walk!.At} {Flows.Slots[ask.Slot].ValueOf(value, situation.Today)}"] };
        var others = learnt.Remove(ask.Slot).Intersect(Flows.SlotsAhead(state.Walk!.Flow), StringComparer.Ordinal);
        return Arrive(engine.Walker.Answer(state.Walk!, isDone: true, Around()), Noted(Prompts.StepsNoted, others), "steps");
    }

    Turn Tried(Step.Do instruction, bool isDone)
    {
        var tried = $"{state.Walk!.At} {(isDone ? "done" : "failed")}";
        state = state with { Tried = [.. state.Tried.TakeLast(MostTried - 1), tried] };
        return !isDone && state.Tried.Count(earlier => earlier == tried) >= MostFailuresOfStep
            ? Stuck()
            : Arrive(engine.Walker.Answer(state.Walk!, isDone, Around()), [], "steps");
    }

    Turn Stuck() => HelpDesk(EscalationReason.Stuck, [book.Say(Prompts.StepsStuck)], "handoff");

    /// <summary>Not a person's lifetime at one place: null while new steps come up.</summary>
    Turn? TooLong()
    {
        if (state.Walk is not { } walk)
        {
            return null;
        }

        state = state with { Walk = walk with { Idle = walk.Idle + 1 } };
        return walk.Idle >= MostIdle ? Stuck() : null;
    }

    /// <summary>An earlier answer was another one: back to where it decided, and on from there.</summary>
    Turn? Corrected(string folded, ImmutableArray<string> learnt)
    {
        if (learnt.IsEmpty && Confirmed(folded) is { } slotKept)
        {
            return Done(Matched(), new Reply { Messages = Noted(Prompts.StepsNoted, [slotKept]) }.Then(StepView()), "steps", isPlace: false);
        }

        foreach (var slot in learnt.IsEmpty ? Meant(folded) : learnt)
        {
            if (engine.Walker.Correct(state.Walk!, slot, Around()) is { } stop)
            {
                return Arrive(stop, Noted(Prompts.StepsCorrected, learnt.IsEmpty ? [slot] : learnt), "steps");
            }
        }

        return null;
    }

    /// <summary>The slot that "no, before 2021" answers anew, latest question first; a bare answer can only be one to the question before.</summary>
    ImmutableArray<string> Meant(string folded)
    {
        var isSaid = StepWords.Holds(StepCue.Correction, folded);
        var isShort = folded.AsSpan().Count(' ') < (isSaid ? MostWordsOfCorrection : MostWordsOfBareAnswer) && !StepWords.Holds(StepCue.Unsure, folded);
        foreach (var (index, slot) in AskedBefore(state.Walk!).Index())
        {
            var value = slot.Values.FirstOrDefault(value => Normalizer.Fold(book.Text(value.Title)) == folded)?.Name
                ?? (isShort && (isSaid || index == 0) ? slot.Answered(folded, state.Language, situation.Today) : null);
            if (value is not null && value != UnsureValue && value != state.Known.GetValueOrDefault(slot.Name))
            {
                Know(slot.Name, value);
                return [slot.Name];
            }
        }

        return [];
    }

    /// <summary>"I meant texts" after texts were understood; null when it says anything else.</summary>
    string? Confirmed(string folded) =>
        StepWords.Holds(StepCue.Correction, folded) && folded.AsSpan().Count(' ') < MostWordsOfCorrection
        && AskedBefore(state.Walk!).FirstOrDefault() is { } slot
        && slot.Answered(folded, state.Language, situation.Today) is { } value && value == state.Known.GetValueOrDefault(slot.Name)
            ? slot.Name
            : null;

    /// <summary>What was asked on the way, latest first.</summary>
    IEnumerable<Slot> AskedBefore(Walk walk) => walk.Trail.Reverse()
        .Select(passed => passed.Split('/') is [var flow, var name] && Flows.Flows[flow].Steps.GetValueOrDefault(name) is Step.Ask ask ? Flows.Slots[ask.Slot] : null)
        .OfType<Slot>();

    /// <summary>Takes from any message what it tells of the person's situation; returns the slots that are new or have changed.</summary>
    ImmutableArray<string> Overhear(string folded)
    {
        if (!Flows.MayTell(folded, state.Language))
        {
            return [];
        }

        var learnt = ImmutableArray.CreateBuilder<string>();
        foreach (var slot in Flows.OrderedSlots)
        {
            if (slot.Overheard(folded, state.Language, situation.Today) is { } value && state.Known.GetValueOrDefault(slot.Name) != value)
            {
                Know(slot.Name, value);
                learnt.Add(slot.Name);
            }
        }

        return learnt.ToImmutable();
    }

    void Know(string slot, string value) => state = state with { Known = state.Known.SetItem(slot, value) };

    /// <summary>Says back what was understood, so that it can be corrected.</summary>
    ImmutableArray<Message> Noted(string promptKey, IEnumerable<string> slots)
    {
        var titles = slots
            .Where(slot => Flows.Slots.ContainsKey(slot) && state.Known.ContainsKey(slot))
            .Take(MostNoted)
            .Select(slot => book.Text(Flows.Slots[slot][Flows.Slots[slot].ValueOf(state.Known[slot], situation.Today)].Title))
            .ToList();
        return titles.Count == 0 ? [] : [book.Say(promptKey, "options", string.Join("; ", titles))];
    }

    // --- waiting, missing, texting ---

    /// <summary>The person needs time, as long as it takes.</summary>
    Turn Waits(string outcome)
    {
        var waiting = book.Reply(IsAtInstruction ? Prompts.StepWaiting : Prompts.Wait);
        return Done(Matched() with { Waiting = true }, waiting with { End = new ReplyEnd.Listen(Patient: true), Choices = state.LastReply.Choices }, outcome, isContent: false);
    }

    Turn StillWaiting()
    {
        if (state.NoInputs <= RepromptsBeforePerson)
        {
            var waiting = book.Reply(IsAtInstruction ? Prompts.StepWaiting : Prompts.Wait);
            return Done(state, waiting with { End = new ReplyEnd.Listen(Patient: true), Choices = state.LastReply.Choices }, "silence", isContent: false);
        }

        var offer = book.Offer(Reply.Nothing, book.Text(Prompts.StillThere), book.Text(Prompts.YesChoice), book.Text(Prompts.WaitChoice));
        return Done(state with { Pending = new Pending.OfferPerson(EscalationReason.Silence), NoInputs = 0 }, offer with { End = new ReplyEnd.Listen(Patient: true) }, "silence");
    }

    Turn Missed()
    {
        state = state with { NoMatches = state.NoMatches + 1 };
        return state.NoMatches > RepromptsBeforePerson
            ? Offer(EscalationReason.NotUnderstood, Prompts.OfferPerson, "abstain")
            : Done(state with { Pending = new Pending.AtStep() }, book.Reply(state.NoMatches == 1 ? Prompts.StepMissed : Prompts.StepMissedSecond).Then(StepView()), "abstain", isContent: false);
    }

    /// <summary>An answer in the middle of steps: then back to them, or a choice where it begins another way.</summary>
    Turn AnswerInBetween(string slug)
    {
        var entry = book.Pack.Entries[slug];
        var answered = new Reply { Messages = [book.Answer(entry)] };
        var walk = state.Walk!;
        if (Flows.AfterEntry(slug) is { } other && other.Name != walk.Flow && other.Name != walk.Began && !walk.Trail.Any(passed => passed.StartsWith(other.Name + "/", StringComparison.Ordinal)))
        {
            ImmutableArray<AfterAnswerChoice> choices = [AfterAnswerChoice.Resume, AfterAnswerChoice.Steps, AfterAnswerChoice.HelpDesk];
            return Done(
                Matched() with { Pending = new Pending.AfterAnswer(slug, choices), LastAnswer = slug },
                book.Offer(answered, book.Text(Prompts.TopicChanged), choices.Select(TitleOf)),
                slug);
        }

        return Done(Matched() with { Pending = new Pending.AtStep(), LastAnswer = slug }, answered.Then(book.Reply(Prompts.StepsBack)).Then(StepView()), slug, isPlace: false);
    }

    Turn AskToText()
    {
        if (state.Channel != Channel.Voice || !situation.HasNumber)
        {
            // By text a question stands there already.
            var other = state.Channel != Channel.Sms ? book.Reply(Prompts.StepsTextWeb)
                : IsAtInstruction ? new Reply { Messages = [new([new Span.Text(TextOf(state.Walk!))])] } : Reply.Nothing;
            return Done(Matched(), other.Then(StepView()), "text-me", isPlace: false);
        }

        return !situation.TakesTexts
            ? Done(Matched(), NoTexts().Then(StepView()), "text-me", isPlace: false)
            : Done(Matched() with { Pending = new Pending.OfferText() }, OfferText(Reply.Nothing), "text-me", isPlace: false);
    }

    /// <summary>Why no text can be promised.</summary>
    Reply NoTexts() => book.Reply(situation.OptedOut ? Prompts.TextMeOptedOut : Prompts.TextMeNoTexts);

    Reply OfferText(Reply reply) => book.Offer(reply, book.Text(Prompts.StepsTextOffer), book.Text(Prompts.StepsTextYes), book.Text(Prompts.StepsTextNo));

    Turn Texted()
    {
        var walk = state.Walk ?? state.Paused[^1];
        effects.Add(new Effect.SendText(TextOf(walk)));
        return state.Walk is null
            ? Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.TextMeDone, Prompts.AnythingElse), "text-me")
            : Done(Matched() with { Pending = new Pending.AtStep() }, book.Reply(Prompts.TextMeDone).Then(StepView()), "text-me", isPlace: false);
    }

    /// <summary>This instruction and those that follow when each works, in the words of a text.</summary>
    string TextOf(Walk walk)
    {
        var texts = new Phrasebook(book.Pack, Channel.Sms);
        var lines = new List<string> { texts.Text(Flows.Flows[walk.Flow].Title) };
        var (flow, name) = (walk.Flow, walk.Step);
        for (var passed = new HashSet<string>(StringComparer.Ordinal); lines.Count <= MostTextedSteps && passed.Add($"{flow}/{name}");)
        {
            var step = Flows.Flows[flow].Steps[name];
            switch (step)
            {
                case Step.Do instruction:
                    lines.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{lines.Count}. {texts.Text(instruction.Say)}"));
                    name = instruction.Done;
                    break;
                case Step.Tell tell:
                    name = tell.Next;
                    break;
                case Step.Jump jump:
                    (flow, name) = (jump.Flow, Flows.Flows[jump.Flow].Start);
                    break;
                case Step.Check check:
                    name = check.TargetOf(engine.Walker.OutcomeOf(check.Of, Around()));
                    break;
                case Step.Ask ask when engine.Walker.OutcomeOf(ask.Slot, Around()) is { } value && ask.To.TryGetValue(value, out var next):
                    name = next;
                    break;
                default:
                    break;
            }
        }

        if (lines.Count == 1)
        {
            // The place itself asks: the question is all that can be sent.
            lines.Add(Flows.StepAt(walk.At) is Step.Ask asked ? texts.Text(asked.Say ?? Flows.Slots[asked.Slot].Ask) : "");
        }

        return string.Join('\n', lines);
    }

    // --- two people ---

    /// <summary>Another person speaks now: what is known of each stays apart.</summary>
    Turn OtherPerson()
    {
        var mine = new Aside(state.Agency, state.Known, state.Walk, state.Paused, state.Tried);
        var isBack = state.Other is not null;
        var theirs = state.Other ?? new Aside(Agency.Unknown, ImmutableSortedDictionary<string, string>.Empty, null, [], []);
        state = Matched() with
        {
            Other = mine, Agency = theirs.Agency, Known = theirs.Known, Walk = theirs.Walk, Paused = theirs.Paused, Tried = theirs.Tried,
            Pending = new Pending.Open(), LastAnswer = null, Earlier = [],
        };
        var first = book.Reply(isBack ? Prompts.OtherPersonBack : Prompts.OtherPerson);
        return state.Walk is { } walk && engine.Walker.Knows(walk)
            ? Arrive(engine.Walker.Resume(walk, Around()), first.Messages, "other-person")
            : Done(state with { Walk = null }, first.Then(book.Reply(Prompts.OtherPersonAsk)), "other-person");
    }
}
