using System.Collections.Immutable;
using System.Diagnostics;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Troubleshooting;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Conversations;

/// <summary>One turn being decided: the root from which every consequence can be seen.</summary>
sealed partial class TurnTaking(ConversationEngine engine, Conversation initial, Situation situation)
{
    const int MostPlaces = 10;
    const int RepromptsBeforePerson = 2;

    readonly Place before = new(initial.Pending, initial.LastReply, initial.LastAnswer, initial.Walk, initial.Known, initial.Tried);
    readonly ImmutableArray<Effect>.Builder effects = ImmutableArray.CreateBuilder<Effect>();
    readonly ImmutableArray<string>.Builder visited = ImmutableArray.CreateBuilder<string>();
    Conversation state = initial;
    Phrasebook book = new(engine.Library[initial.Language], initial.Channel);
    string? heard;

    internal Turn Start() => state.Turns > 1
        ? Done(state, state.LastReply, "started")
        : Done(state with { Pending = new Pending.Greeted() }, Greeting(), "started");

    internal Turn Hear(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            heard = "";
            return state.Channel == Channel.Sms && situation.OptedOut ? Done(state, Reply.Nothing, "abstain") : NoMatch(Prompts.Gibberish, "abstain");
        }

        if (state.Pending is Pending.ProveContact && CaseReference.LastDigitsIn(text) is not null
            && engine.ReaderFor(state.Language).Read(text, state.Channel, state.Agency).Meaning is not Interpretation.Command { Kind: CommandKind.OptOut })
        {
            heard = Redactor.Mask;
            return Proven();
        }

        FollowLanguage(text);
        var folded = Normalizer.Fold(text);
        var reading = Read(text, folded);
        heard = reading.Heard;
        if (IsMuted(reading.Meaning))
        {
            return Done(state, Reply.Nothing, reading.Meaning.Prediction);
        }

        if (reading.Agency != Agency.Unknown)
        {
            state = state with { Agency = reading.Agency };
        }

        if (CaseReference.FindIn(text) is not null
            && reading.Meaning is not (Interpretation.Safety { Kind: SafetyKind.Crisis or SafetyKind.Threat } or Interpretation.Command { Kind: CommandKind.OptOut }))
        {
            return NamedCase();
        }

        if (AboutCode(folded) is { } aboutCode)
        {
            return aboutCode;
        }

        if (IsUrgent(reading, text, folded))
        {
            return Follow(reading.Meaning, reading.Heard);
        }

        var learnt = Overhear(folded);
        if (TooLong() is { } enough)
        {
            return enough;
        }

        return (state is { Walk: not null, Pending: Pending.AtStep } ? AtStep(text, folded, reading, learnt) : Wanted(folded, reading))
            ?? Picked(Normalizer.Fold(reading.Heard), reading)
            ?? ToldAtList(folded, reading, learnt)
            ?? Follow(reading.Meaning, reading.Heard);
    }

    /// <summary>What the message means on its own.</summary>
    Reading Read(string text, string folded)
    {
        var reader = engine.ReaderFor(state.Language);
        var reading = reader.Read(text, state.Channel, state.Agency, situation.Hint);
        if (reading is { ByRule: false, Meaning: Interpretation.Safety { Kind: SafetyKind.Crisis } } && StepWords.Holds(StepCue.NotOnPage, folded))
        {
            return reading with { Meaning = new Interpretation.NotHere(NotHereReason.Unknown) };
        }

        // On the way through one agency's trouble a question about the other is still answered.
        return state.Walk is not null && reading.Meaning is Interpretation.NotHere { Reason: NotHereReason.Unknown } && StepWords.IsQuestion(text, folded)
            ? reader.Read(text, state.Channel, Agency.Unknown, situation.Hint)
            : reading;
    }

    /// <summary>What comes before any place in the conversation. A short answer to a step is not overruled by what it merely sounds like.</summary>
    bool IsUrgent(Reading reading, string text, string folded) => reading.Meaning switch
    {
        Interpretation.Command { Kind: CommandKind.OptOut } => !IsCorrectedTo(text) && !(IsAnswerOfSlot(folded) && !reading.ByRule),

        // To somebody who takes our texts, "yes, text me" asks for this one.
        Interpretation.Command { Kind: CommandKind.OptIn } => !IsPlainYes(folded) && (situation.OptedOut || Router.CarrierWord(folded, state.Channel) is not null),
        Interpretation.Safety or Interpretation.HelpDesk { Confirm: false } =>
            !(state.Pending is Pending.AtStep && MayBeStepAnswer(reading, folded.AsSpan().Count(' ') + 1) && IsStepAnswer(folded)),
        _ => false,
    };

    /// <summary>"A text from Social Security" answers where a code came from; with more words around it, it may be a report of a scam.</summary>
    static bool MayBeStepAnswer(Reading reading, int words) =>
        (!reading.ByRule && words <= 4) || (words <= 8 && reading.Meaning is Interpretation.Safety { Kind: SafetyKind.Scam or SafetyKind.UnaskedCode });

    /// <summary>"No, texts" after a question about calls and texts changes that answer; "no texts" and "no, stop" are what they are.</summary>
    bool IsCorrectedTo(string text)
    {
        if (state is not { Walk: { } walk, Pending: Pending.AtStep } || text.IndexOf(',', StringComparison.Ordinal) is not (> 0 and var comma)
            || !StepWords.Holds(StepCue.Correction, Normalizer.Fold(text[..comma])))
        {
            return false;
        }

        var rest = Normalizer.Fold(text[(comma + 1)..]);
        return rest.AsSpan().Count(' ') < MostWordsOfBareAnswer
            && engine.ReaderFor(state.Language).Read(rest, state.Channel, state.Agency).Meaning is not Interpretation.Command { Kind: CommandKind.OptOut }
            && AskedBefore(walk).Any(slot => slot.Answered(rest, state.Language, situation.Today) is { } value && value != state.Known.GetValueOrDefault(slot.Name));
    }

    /// <summary>YES opts in by the carriers' rules; to somebody who is not opted out it is the answer to our question.</summary>
    bool IsPlainYes(string folded) =>
        folded is "yes" && state.Channel == Channel.Sms && !situation.OptedOut
        && state.Pending is Pending.AtStep or Pending.OfferResume or Pending.OfferSteps or Pending.OfferText or Pending.Code;

    internal Turn Key(string keys)
    {
        heard = Redactor.Redact(keys).Text;
        return keys switch
        {
            "0" => HelpDesk(EscalationReason.Asked, [], "handoff"),
            "9" => Command(CommandKind.Repeat, ""),
            "8" => Command(CommandKind.Slower, ""),
            "*" => Command(CommandKind.Back, ""),
            _ when TooLong() is { } enough => enough,
            [var digit and >= '1' and <= '4'] => KeyedChoice(digit - '0'),
            _ => NoMatch(Prompts.Gibberish, "abstain"),
        };
    }

    internal Turn NoInput()
    {
        if (TooLong() is { } enough)
        {
            return enough;
        }

        state = state with { NoInputs = state.NoInputs + 1 };
        if (state.Pending is not Pending.OfferPerson && (state.Waiting || IsAtInstruction))
        {
            return StillWaiting();
        }

        return state.NoInputs > RepromptsBeforePerson
            ? HelpDesk(EscalationReason.Silence, [book.Say(Prompts.SilenceGoodbye)], "silence", stay: false)
            : Done(state, book.Reply(state.NoInputs == 1 ? Prompts.NoInputFirst : Prompts.NoInputSecond).Then(Again()), "silence", isContent: false);
    }

    internal Turn TransferFailed() => state.CaseReference is null
        ? HelpDesk(EscalationReason.Failure, [], "transfer-failed")
        : Done(state with { Pending = new Pending.Open() }, Referenced(Prompts.TransferFailed).Then(Person()), "transfer-failed");

    internal Turn CarrierAnswered(TurnInput.CarrierKeyword keyword)
    {
        heard = Redactor.Redact(keyword.Text).Text;
        if (keyword.Kind != CarrierKeywordKind.Help)
        {
            var consent = keyword.Kind == CarrierKeywordKind.Stop ? ConsentState.OptedOut : ConsentState.OptedIn;
            effects.Add(new Effect.RecordConsent(consent, heard, ConsentMeans.Carrier));
        }

        return Done(state, Reply.Nothing, keyword.Kind switch
        {
            CarrierKeywordKind.Stop => "opt-out",
            CarrierKeywordKind.Start => "opt-in",
            CarrierKeywordKind.Help => "help",
            _ => throw new UnreachableException(),
        });
    }

    /// <summary>A person who writes in the other language is answered in it, without being asked.</summary>
    void FollowLanguage(string text)
    {
        if (engine.LanguageOf(text, state) is var language && language != state.Language)
        {
            state = state with { Language = language };
            book = new(engine.Library[language], state.Channel);
        }
    }

    /// <summary>After STOP nothing goes out as text but the answer to START and HELP, and help for somebody in danger.</summary>
    bool IsMuted(Interpretation meaning) =>
        state.Channel == Channel.Sms && situation.OptedOut
        && meaning is not (Interpretation.Command { Kind: CommandKind.OptIn or CommandKind.Help } or Interpretation.Safety { Kind: SafetyKind.Crisis });

    Turn Follow(Interpretation meaning, string text) => meaning switch
    {
        Interpretation.Answer answer => Answer(answer.Slug),
        Interpretation.Menu menu => Menu(menu.Slugs),
        Interpretation.WhichAgency which => WhichAgency(which),
        Interpretation.Redirect redirect => Redirect(redirect),
        Interpretation.NotHere notHere => notHere.Reason == NotHereReason.Gibberish ? NoMatch(Prompts.Gibberish, "abstain") : NotHere(),
        Interpretation.HelpDesk helpDesk => helpDesk.Confirm ? ConfirmHelpDesk() : HelpDesk(helpDesk.Reason, WarningBefore(helpDesk.Reason), meaning.Prediction),
        Interpretation.Safety safety => Safety(safety, text),
        Interpretation.Command command => Command(command.Kind, text),
        Interpretation.Smalltalk smalltalk => Done(state, book.Reply(smalltalk.PromptKey) with { Choices = state.LastReply.Choices }, meaning.Prediction, isContent: false),
        _ => throw new UnreachableException(),
    };

    /// <summary>What the person picked of what was offered; null when the message is something else.</summary>
    Turn? Picked(string folded, Reading reading)
    {
        var number = ChoiceMatcher.Match(folded, state.LastReply.Choices, StepWords.Holds(StepCue.Asks, folded));
        var isYes = reading.Meaning is Interpretation.Command { Kind: CommandKind.Yes };
        var isNo = reading.Meaning is Interpretation.Command { Kind: CommandKind.No };
        return state.Pending switch
        {
            Pending.OfferPerson offer when isYes || number == 1 => HelpDesk(offer.Reason, [], "handoff"),
            Pending.OfferPerson when isNo || number == 2 => AnythingElse("no"),
            Pending.OfferResume or Pending.OfferText when isNo => number is null || number == 2 ? Declined() : KeyedChoice(number.Value),
            Pending.OfferResume or Pending.OfferText or Pending.OfferSteps when isYes || IsPlainYes(folded) => KeyedChoice(1),
            Pending.OfferSteps when isNo => AnythingElse("no"),
            Pending.Code code when isYes || IsPlainYes(folded) => number is null && code.Choices[0] != CodeChoice.Cancel ? null : KeyedChoice(number ?? 1),
            Pending.Code code when isNo => code.Choices.Contains(CodeChoice.Keep) ? CodeChosen(CodeChoice.Keep) : AnythingElse("no"),
            Pending.AfterAnswer after when number is { } picked => Chosen(after, after.Choices[picked - 1]),
            Pending.AfterAnswer after when isYes => Chosen(after, after.Choices.Contains(AfterAnswerChoice.More) ? AfterAnswerChoice.More : AfterAnswerChoice.Helped),
            Pending.AfterAnswer after when isNo => after.Choices.Contains(AfterAnswerChoice.More) ? AnythingElse("no") : Chosen(after, AfterAnswerChoice.NotHelped),
            Pending.WhichAgency which when reading.Agency != Agency.Unknown && folded.Count(letter => letter == ' ') < 6 => Answer(reading.Agency == Agency.Ssa ? which.Ssa : which.Opm),
            _ when number is { } picked => KeyedChoice(picked),
            Pending.Menu when isNo => SomethingElse(),
            _ => null,
        };
    }

    /// <summary>Something about the situation instead of a pick: it is kept, and the list comes again.</summary>
    Turn? ToldAtList(string folded, Reading reading, ImmutableArray<string> learnt) =>
        state.Pending is Pending.Menu or Pending.WhichAgency && !learnt.IsEmpty && folded.AsSpan().Count(' ') < MostWordsOfCorrection
        && (reading.Meaning is Interpretation.NotHere or Interpretation.Menu or Interpretation.Redirect || folded.AsSpan().Count(' ') < MostWordsOfBareAnswer)
            ? Done(Matched(), new Reply { Messages = Noted(Prompts.StepsNoted, learnt) }.Then(Asked()), "steps", isContent: false)
            : null;

    Turn KeyedChoice(int number)
    {
        if (state.Pending is Pending.Greeted && number == 2 && state.Channel == Channel.Voice)
        {
            return Command(CommandKind.Spanish, "");
        }

        if (number > state.LastReply.Choices.Length)
        {
            return NoMatch(Prompts.Gibberish, "abstain");
        }

        switch (state.Pending)
        {
            case Pending.Menu menu:
                return number <= menu.Slugs.Length ? Answer(menu.Slugs[number - 1]) : SomethingElse();
            case Pending.WhichAgency which:
                state = state with { Agency = number == 1 ? Agency.Ssa : Agency.Opm };
                return Answer(number == 1 ? which.Ssa : which.Opm);
            case Pending.AfterAnswer after:
                return Chosen(after, after.Choices[number - 1]);
            case Pending.OfferPerson offer:
                return number == 1 ? HelpDesk(offer.Reason, [], "handoff") : AnythingElse("no");
            case Pending.AtStep:
                return StepChoice(number);
            case Pending.Code code:
                return CodeChosen(code.Choices[number - 1]);
            case Pending.OfferResume or Pending.OfferText:
                return number == 1 ? Accepted() : Declined();
            case Pending.OfferSteps steps:
                return number switch
                {
                    1 => Begin(steps.Flow),
                    2 => HelpDesk(EscalationReason.NotHelped, [], "handoff"),
                    _ => AnythingElse("no"),
                };
            case Pending.Open or Pending.Greeted or Pending.ProveContact:
                return NoMatch(Prompts.Gibberish, "abstain");
            default:
                throw new UnreachableException();
        }
    }

    Reply Greeting() => state.Channel == Channel.Voice && engine.Library.Speaks(Language.Es) && state.Language == Language.En
        ? new() { Messages = [book.Say(Prompts.GreetingSpanish) with { Language = Language.Es }, book.Say(Prompts.Greeting)] }
        : book.Reply(Prompts.Greeting);

    /// <summary>What was said last, to be answered now.</summary>
    Reply Again() => state.LastReply.Messages.IsEmpty ? Reply.Nothing : state.LastReply with { End = new ReplyEnd.Listen() };

    /// <summary>Of what was said last only the question and its choices; after a miss nobody wants to hear all of it once more.</summary>
    Reply Asked() => state.LastReply switch
    {
        { Messages: [.., var last] messages } reply when !OffersSpanish(reply) =>
            Again() with { Messages = !reply.Choices.IsEmpty || last.PlainText.Contains('?', StringComparison.Ordinal) ? [last] : [] },
        _ => Again(),
    };

    /// <summary>Whether the key 2 was just given for Spanish.</summary>
    bool OffersSpanish(Reply reply) => state.Channel == Channel.Voice && reply.Messages.Any(message => message.Language is { } other && other != state.Language);

    Conversation Matched() => state with { NoMatches = 0, NoInputs = 0, Waiting = false };

    /// <param name="next">The state to keep.</param>
    /// <param name="reply">What is said.</param>
    /// <param name="outcome">For the transcript.</param>
    /// <param name="isContent">False for talk about the conversation: it is not repeated and not gone back to.</param>
    /// <param name="isPlace">False for what is repeated but not gone back to.</param>
    Turn Done(Conversation next, Reply reply, string outcome, bool isContent = true, bool isPlace = true)
    {
        if (isContent && !reply.Messages.IsEmpty)
        {
            next = next with
            {
                LastReply = reply,
                Earlier = before.Reply.Messages.IsEmpty || !isPlace ? next.Earlier : [.. next.Earlier.TakeLast(MostPlaces - 1), before],
            };
        }

        // What was said last decides what 2 means.
        if (next.Pending is Pending.Open or Pending.Greeted && !reply.Messages.IsEmpty)
        {
            next = next with { Pending = OffersSpanish(reply) ? new Pending.Greeted() : new Pending.Open() };
        }

        return new(next, reply, effects.ToImmutable(), heard, outcome, visited.ToImmutable());
    }
}
