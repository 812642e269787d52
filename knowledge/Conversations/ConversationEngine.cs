using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Conversations;

/// <summary>Decides a turn. Pure: no await, clock, chance or database; built from one content snapshot and safe for any number of threads.</summary>
public sealed class ConversationEngine
{
    const int MostPlaces = 10;
    const int RepromptsBeforePerson = 2;

    readonly ContentLibrary library;
    readonly FrozenDictionary<Language, Reader> readers;
    readonly LanguageRecognizer recognizer;

    public ConversationEngine(ContentLibrary library)
    {
        this.library = library;
        readers = Enum.GetValues<Language>().Where(library.Speaks).AsParallel()
            .Select(language => (language, reader: new Reader(library[language])))
            .ToFrozenDictionary(item => item.language, item => item.reader);
        recognizer = new(library);

        // The first messages build the automata of the rules: nobody should wait for that.
        readers.AsParallel().ForAll(reader =>
        {
            foreach (var entry in library[reader.Key].OrderedEntries)
            {
                _ = reader.Value.Read(entry.Phrasings[0], Channel.Voice, Agency.Unknown);
            }
        });
    }

    /// <summary>The content that this engine speaks.</summary>
    public ContentLibrary Library => library;

    /// <summary>How a message would be read as the first of a new conversation; what <c>knowledge ask</c> shows.</summary>
    public Reading Read(string text, Channel channel, Language? language, Agency agency) => ReaderFor(LanguageOf(text, language)).Read(text, channel, agency);

    /// <summary>The same as a question to language models; null when they have no say in it.</summary>
    public SemanticQuestion? Ask(string text, Channel channel, Language? language, Agency agency) => QuestionOf(text, channel, LanguageOf(text, language), agency);

    /// <summary>What language models may be asked before <see cref="Take"/>; null when they have no say: keys, choices, and all that rules decide.</summary>
    public SemanticQuestion? Ask(Conversation state, TurnInput input)
    {
        if (input is not TurnInput.Said { Text: var text } || string.IsNullOrWhiteSpace(text) || ChoiceMatcher.Match(Normalizer.Fold(text), state.LastReply.Choices) is not null)
        {
            return null;
        }

        return QuestionOf(text, state.Channel, LanguageOf(text, state), state.Agency);
    }

    SemanticQuestion? QuestionOf(string text, Channel channel, Language language, Agency agency)
    {
        var reader = ReaderFor(language);
        return reader.Read(text, channel, agency).IsOpen
            ? new(Redactor.RedactNumbers(text), language, library[language].Entries, hint => reader.Read(text, channel, agency, hint))
            : null;
    }

    /// <summary>One turn.</summary>
    public Turn Take(Conversation state, TurnInput input, Situation situation, DateTimeOffset now)
    {
        var taking = new Taking(this, state with { Turns = state.Turns + 1 }, situation);
        return input switch
        {
            TurnInput.Started => taking.Start(),
            TurnInput.Said said => taking.Hear(said.Text),
            TurnInput.Keyed keyed => taking.Key(keyed.Keys),
            TurnInput.Silence => taking.NoInput(),
            TurnInput.TransferFailed => taking.TransferFailed(),
            TurnInput.CarrierKeyword keyword => taking.CarrierAnswered(keyword),
            _ => throw new UnreachableException(),
        };
    }

    Language LanguageOf(string text, Language? language) => language ?? recognizer.Recognize(Normalizer.Fold(text)) ?? Language.En;

    /// <summary>The language of the person's words when they are sure to be in another one, or else of the conversation.</summary>
    Language LanguageOf(string text, Conversation state)
    {
        var folded = Normalizer.Fold(text);
        var heardIn = state.Channel == Channel.Sms && Router.LanguageOfCarrierWord(folded) == Language.Es ? Language.Es : recognizer.Recognize(folded);
        return heardIn is { } language && library.Speaks(language) ? language : state.Language;
    }

    Reader ReaderFor(Language language) => readers.TryGetValue(language, out var reader) ? reader : readers[Language.En];

    /// <summary>One turn being decided: the root from which every consequence can be seen.</summary>
    sealed class Taking(ConversationEngine engine, Conversation initial, Situation situation)
    {
        readonly Place before = new(initial.Pending, initial.LastReply, initial.LastAnswer);
        readonly ImmutableArray<Effect>.Builder effects = ImmutableArray.CreateBuilder<Effect>();
        Conversation state = initial;
        Phrasebook book = new(engine.library[initial.Language], initial.Channel);
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

            FollowLanguage(text);
            var reading = engine.ReaderFor(state.Language).Read(text, state.Channel, state.Agency, situation.Hint);
            heard = reading.Heard;
            if (IsMuted(reading.Meaning))
            {
                return Done(state, Reply.Nothing, reading.Meaning.Prediction);
            }

            if (reading.Agency != Agency.Unknown)
            {
                state = state with { Agency = reading.Agency };
            }

            if (reading.Meaning is not (Interpretation.Safety or Interpretation.HelpDesk { Confirm: false } or Interpretation.Command { Kind: CommandKind.OptOut or CommandKind.OptIn })
                && Picked(Normalizer.Fold(reading.Heard), reading) is { } picked)
            {
                return picked;
            }

            return Follow(reading.Meaning, reading.Heard);
        }

        internal Turn Key(string keys)
        {
            heard = Redactor.Redact(keys).Text;
            return keys switch
            {
                "0" => HelpDesk(EscalationReason.Asked, [], "handoff"),
                "9" => Command(CommandKind.Repeat, ""),
                "8" => Command(CommandKind.Slower, ""),
                "*" => Command(CommandKind.Back, ""),
                [var digit and >= '1' and <= '4'] => KeyedChoice(digit - '0'),
                _ => NoMatch(Prompts.Gibberish, "abstain"),
            };
        }

        internal Turn NoInput()
        {
            if (state.Waiting)
            {
                return Done(state, book.Reply(Prompts.Wait) with { End = new ReplyEnd.Listen(Patient: true) }, "silence");
            }

            state = state with { NoInputs = state.NoInputs + 1 };
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
                book = new(engine.library[language], state.Channel);
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
            var number = ChoiceMatcher.Match(folded, state.LastReply.Choices);
            var isYes = reading.Meaning is Interpretation.Command { Kind: CommandKind.Yes };
            var isNo = reading.Meaning is Interpretation.Command { Kind: CommandKind.No };
            return state.Pending switch
            {
                Pending.OfferPerson offer when isYes || number == 1 => HelpDesk(offer.Reason, [], "handoff"),
                Pending.OfferPerson when isNo || number == 2 => AnythingElse("no"),
                Pending.AfterAnswer after when number is { } picked => Chosen(after, after.Choices[picked - 1]),
                Pending.AfterAnswer after when isYes => Chosen(after, after.Choices.Contains(AfterAnswerChoice.More) ? AfterAnswerChoice.More : AfterAnswerChoice.Helped),
                Pending.AfterAnswer after when isNo => after.Choices.Contains(AfterAnswerChoice.More) ? AnythingElse("no") : Chosen(after, AfterAnswerChoice.NotHelped),
                Pending.WhichAgency which when reading.Agency != Agency.Unknown && folded.Count(letter => letter == ' ') < 6 => Answer(reading.Agency == Agency.Ssa ? which.Ssa : which.Opm),
                _ when number is { } picked => KeyedChoice(picked),
                Pending.Menu when isNo => SomethingElse(),
                _ => null,
            };
        }

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
                case Pending.Open or Pending.Greeted:
                    return NoMatch(Prompts.Gibberish, "abstain");
                default:
                    throw new UnreachableException();
            }
        }

        Turn Answer(string slug)
        {
            var entry = book.Pack.Entries[slug];
            var choices = AfterAnswerChoices(entry);
            var answered = new Reply { Messages = [book.Answer(entry)] };
            var offered = state.Channel == Channel.Voice
                ? book.Offer(answered, entry.More is null ? Prompts.AnythingElse : Prompts.MoreOffer, choices.Select(TitleOf))
                : book.Offer(answered, Prompts.HelpedQuestion, choices.Select(TitleOf));
            return Done(Matched() with { Pending = new Pending.AfterAnswer(slug, choices), LastAnswer = slug }, offered, slug);
        }

        ImmutableArray<AfterAnswerChoice> AfterAnswerChoices(FaqEntry entry) => state.Channel switch
        {
            Channel.Voice =>
            [
                .. entry.More is null ? [] : (AfterAnswerChoice[])[AfterAnswerChoice.More],
                .. situation is { HasNumber: true, OptedOut: false } ? (AfterAnswerChoice[])[AfterAnswerChoice.TextMe] : [],
                AfterAnswerChoice.NotHelped,
            ],
            Channel.Sms => [AfterAnswerChoice.Helped, AfterAnswerChoice.NotHelped],
            Channel.Web => [AfterAnswerChoice.Helped, AfterAnswerChoice.NotHelped, AfterAnswerChoice.HelpDesk],
            _ => throw new UnreachableException(),
        };

        string TitleOf(AfterAnswerChoice choice) => book.Text(choice switch
        {
            AfterAnswerChoice.More => Prompts.MoreChoice,
            AfterAnswerChoice.TextMe => Prompts.TextMeChoice,
            AfterAnswerChoice.Helped => Prompts.HelpedYesChoice,
            AfterAnswerChoice.NotHelped => Prompts.HelpedNoChoice,
            AfterAnswerChoice.HelpDesk => Prompts.HelpDeskChoice,
            _ => throw new UnreachableException(),
        });

        Turn Chosen(Pending.AfterAnswer after, AfterAnswerChoice choice)
        {
            var entry = book.Pack.Entries[after.Slug];
            switch (choice)
            {
                case AfterAnswerChoice.More:
                    var rest = after with { Choices = after.Choices.Remove(AfterAnswerChoice.More) };
                    var more = book.Offer(new() { Messages = [new([new Span.Text(entry.More ?? entry.Answer.Spoken)])] }, Prompts.AnythingElse, rest.Choices.Select(TitleOf));
                    return Done(Matched() with { Pending = rest }, more, "choice");
                case AfterAnswerChoice.TextMe:
                    if (situation.OptedOut)
                    {
                        return Done(Matched(), book.Reply(Prompts.TextMeOptedOut, Prompts.AnythingElse), "choice");
                    }

                    effects.Add(new Effect.SendText(entry.Answer.Text));
                    return Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.TextMeDone, Prompts.AnythingElse), "choice");
                case AfterAnswerChoice.Helped:
                    effects.Add(new Effect.RecordFeedback(after.Slug, Helped: true));
                    return Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.HelpedYes), "choice");
                case AfterAnswerChoice.NotHelped:
                    effects.Add(new Effect.RecordFeedback(after.Slug, Helped: false));
                    return Offer(EscalationReason.NotHelped, Prompts.HelpedNo, "choice");
                case AfterAnswerChoice.HelpDesk:
                    return HelpDesk(EscalationReason.NotHelped, [], "handoff");
                default:
                    throw new UnreachableException();
            }
        }

        Turn Menu(ImmutableArray<string> slugs)
        {
            var titles = slugs.Select(slug => book.Pack.Entries[slug].Title).Append(book.Text(Prompts.SomethingElse));
            return Done(Matched() with { Pending = new Pending.Menu(slugs) }, book.Offer(Reply.Nothing, Prompts.MenuIntroduction, titles), "clarify");
        }

        Turn WhichAgency(Interpretation.WhichAgency which)
        {
            if (state.Agency != Agency.Unknown)
            {
                return Answer(state.Agency == Agency.Ssa ? which.Ssa : which.Opm);
            }

            if (state.AgencyAsked)
            {
                return Menu([which.Ssa, which.Opm]);
            }

            var asked = book.Offer(Reply.Nothing, Prompts.WhichAgency, book.Text(Prompts.AgencySsa), book.Text(Prompts.AgencyOpm));
            return Done(Matched() with { Pending = new Pending.WhichAgency(which.Ssa, which.Opm), AgencyAsked = true }, asked, "clarify");
        }

        Turn SomethingElse() => Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.SomethingElseAsk), "choice");

        Turn AnythingElse(string outcome) => Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.AnythingElse), outcome);

        Turn Redirect(Interpretation.Redirect redirect)
        {
            var topic = book.Pack.Topics[redirect.Topic];
            var reply = new Reply { Messages = [book.Say($"redirect-{topic.Redirect}", "topic", topic.Title)] };
            return Done(Matched() with { Pending = new Pending.Open() }, reply, redirect.Prediction);
        }

        Turn NotHere()
        {
            state = state with { NoMatches = state.NoMatches + 1 };
            return state.NoMatches > RepromptsBeforePerson
                ? HelpDesk(EscalationReason.NotHere, [], "abstain")
                : Offer(EscalationReason.NotHere, Prompts.NotHere, "abstain");
        }

        Turn NoMatch(string firstKey, string outcome)
        {
            state = state with { NoMatches = state.NoMatches + 1 };
            return state.NoMatches switch
            {
                1 => Done(state, book.Reply(firstKey).Then(Again()), outcome, isContent: false),
                2 => Done(state, book.Reply(Prompts.NoMatchSecond).Then(Again()), outcome, isContent: false),
                _ => Offer(EscalationReason.NotUnderstood, Prompts.OfferPerson, outcome),
            };
        }

        Turn ConfirmHelpDesk() => Offer(EscalationReason.Asked, Prompts.HelpDeskConfirm, "handoff");

        Turn Offer(EscalationReason reason, string promptKey, string outcome) => Done(
            state with { Pending = new Pending.OfferPerson(reason) },
            book.Offer(Reply.Nothing, promptKey, book.Text(Prompts.YesChoice), book.Text(Prompts.NoChoice)),
            outcome);

        /// <summary>A case with everything said so far; a transfer where somebody can take the call.</summary>
        Turn HelpDesk(EscalationReason reason, ImmutableArray<Message> first, string outcome, bool stay = true)
        {
            var opened = state.CaseReference is null;
            if (opened)
            {
                effects.Add(new Effect.OpenEscalation(situation.FreshReference, reason));
                state = state with { CaseReference = situation.FreshReference.Value };
            }

            var reply = new Reply { Messages = first }.Then(Referenced(opened ? Prompts.CaseOpened : Prompts.CaseExists));
            state = Matched() with { Pending = new Pending.Open(), NoInputs = 0 };
            if (state.Channel == Channel.Voice && situation.HelpDesk is { IsOpen: true, CanTransfer: true })
            {
                return Done(state, reply.Then(book.Reply(Prompts.CaseTransfer)) with { End = new ReplyEnd.Transfer() }, outcome);
            }

            if (!situation.HelpDesk.IsOpen)
            {
                reply = reply.Then(book.Reply(Prompts.CaseClosed));
            }

            reply = reply.Then(Person());
            return stay
                ? Done(state, reply, outcome)
                : Done(state, reply with { End = new ReplyEnd.HangUp() }, outcome);
        }

        Reply Referenced(string promptKey) => new() { Messages = [book.SayReference(promptKey, state.CaseReference ?? "")] };

        /// <summary>What the sources say about reaching a person at the agency.</summary>
        Reply Person() => book.Reply(state.Agency switch
        {
            Agency.Ssa => Prompts.PersonSsa,
            Agency.Opm => Prompts.PersonOpm,
            Agency.Unknown => Prompts.PersonUnknown,
            _ => throw new UnreachableException(),
        });

        ImmutableArray<Message> WarningBefore(EscalationReason reason) => reason == EscalationReason.Compromise ? [book.Say(Prompts.Compromise)] : [];

        Turn Safety(Interpretation.Safety safety, string text)
        {
            switch (safety.Kind)
            {
                case SafetyKind.Crisis:
                    return HelpDesk(EscalationReason.Crisis, [book.Say(Prompts.Crisis)], safety.Prediction);
                case SafetyKind.Threat:
                    return HelpDesk(EscalationReason.Threat, [book.Say(Prompts.Threat)], safety.Prediction);
                case SafetyKind.Scam:
                    return Done(Matched(), book.Reply(Prompts.Scam), safety.Prediction);
                case SafetyKind.UnaskedCode:
                    return Done(Matched(), book.Reply(Prompts.UnaskedCode), safety.Prediction);
                case SafetyKind.PrivateData:
                    var warning = book.Say(Prompts.PrivateData);
                    if (safety.Rest is null)
                    {
                        return Done(Matched(), new Reply { Messages = [warning] }.Then(Again()), safety.Prediction, isContent: false);
                    }

                    var rest = Follow(safety.Rest, text);
                    return rest with
                    {
                        Reply = rest.Reply with { Messages = [warning, .. rest.Reply.Messages] },
                        Outcome = safety.Prediction,
                    };
                default:
                    throw new UnreachableException();
            }
        }

        Turn Command(CommandKind kind, string text)
        {
            var name = RouterOutcome.NameOf(kind);
            switch (kind)
            {
                case CommandKind.Repeat:
                    return Done(Matched(), state.LastReply.Messages.IsEmpty ? book.Reply(Prompts.NothingToRepeat) : Again(), name, isContent: false);
                case CommandKind.Slower:
                    return Done(Matched() with { Slowness = Math.Min(2, state.Slowness + 1) }, book.Reply(Prompts.Slower).Then(Again()), name, isContent: false);
                case CommandKind.Louder:
                    return Done(Matched(), book.Reply(Prompts.Louder).Then(Again()), name, isContent: false);
                case CommandKind.Wait:
                    return Done(Matched() with { Waiting = true }, book.Reply(Prompts.Wait) with { End = new ReplyEnd.Listen(Patient: true), Choices = state.LastReply.Choices }, name, isContent: false);
                case CommandKind.Back:
                    return Back(name);
                case CommandKind.Restart:
                    var fresh = new Conversation
                    {
                        Id = state.Id, Channel = state.Channel, Language = state.Language, Turns = state.Turns, Entries = state.Entries,
                        Slowness = state.Slowness, CaseReference = state.CaseReference, Pending = new Pending.Greeted(),
                    };
                    var restarted = Done(fresh, book.Reply(Prompts.Restarted), name);

                    // What was before is gone: "back" must not lead there.
                    return restarted with { State = restarted.State with { Earlier = [] } };
                case CommandKind.Rephrase:
                    return Rephrase(name);
                case CommandKind.Menu:
                    return Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.Menu), name);
                case CommandKind.Help:
                    return Done(Matched(), book.Reply(state.Channel == Channel.Sms ? Prompts.SmsHelp : Prompts.Help) with { Choices = state.LastReply.Choices }, name, isContent: false);
                case CommandKind.OptOut:
                    return OptOut(text, name);
                case CommandKind.OptIn:
                    return OptIn(text, name);
                case CommandKind.Spanish:
                    return Speak(Language.Es, name);
                case CommandKind.English:
                    return Speak(Language.En, name);
                case CommandKind.Yes:
                    return Done(Matched(), book.Reply(Prompts.YesToNothing), name, isContent: false);
                case CommandKind.No:
                    return Done(Matched(), book.Reply(Prompts.NoToNothing), name, isContent: false);
                case CommandKind.End:
                    return Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.Goodbye) with { End = new ReplyEnd.HangUp() }, name);
                default:
                    throw new UnreachableException();
            }
        }

        Turn Back(string outcome)
        {
            if (state.Earlier.IsEmpty)
            {
                return Done(Matched(), book.Reply(Prompts.NothingBack).Then(Again()), outcome, isContent: false);
            }

            var place = state.Earlier[^1];
            state = Matched() with { Earlier = state.Earlier[..^1], Pending = place.Pending, LastReply = place.Reply, LastAnswer = place.LastAnswer };
            return Done(state, Again(), outcome, isContent: false);
        }

        Turn Rephrase(string outcome)
        {
            if (state.LastAnswer is not { } slug)
            {
                return Done(Matched(), book.Reply(Prompts.NothingToRephrase), outcome, isContent: false);
            }

            var entry = book.Pack.Entries[slug];
            var other = state.Channel switch
            {
                Channel.Web => entry.Answer.Text,
                Channel.Voice => entry.More ?? entry.Answer.Spoken,
                Channel.Sms => entry.Answer.Text,
                _ => throw new UnreachableException(),
            };
            return Done(
                Matched(),
                book.Reply(Prompts.RephraseIntroduction).Then(new() { Messages = [new([new Span.Text(other)])], Choices = state.LastReply.Choices }),
                outcome,
                isContent: false);
        }

        Turn OptOut(string text, string outcome)
        {
            if (!situation.HasNumber)
            {
                return Done(Matched(), book.Reply(Prompts.OptOutWeb), outcome, isContent: false);
            }

            if (situation.OptedOut && state.Channel == Channel.Sms)
            {
                return Done(state, Reply.Nothing, outcome, isContent: false);
            }

            effects.Add(new Effect.RecordConsent(ConsentState.OptedOut, text, MeansOf(text)));
            return Done(Matched(), book.Reply(Prompts.OptOutConfirmed), outcome, isContent: false);
        }

        Turn OptIn(string text, string outcome)
        {
            if (!situation.HasNumber)
            {
                return Done(Matched(), book.Reply(Prompts.OptInWeb), outcome, isContent: false);
            }

            effects.Add(new Effect.RecordConsent(ConsentState.OptedIn, text, MeansOf(text)));
            return Done(Matched(), book.Reply(Prompts.OptInConfirmed), outcome, isContent: false);
        }

        ConsentMeans MeansOf(string text) => state.Channel == Channel.Voice
            ? ConsentMeans.Phone
            : Router.CarrierWord(Normalizer.Fold(text), Channel.Sms) is null ? ConsentMeans.Words : ConsentMeans.Keyword;

        Turn Speak(Language language, string outcome)
        {
            if (!engine.library.Speaks(language))
            {
                return Done(Matched(), book.Reply(Prompts.LanguageUnavailable), outcome, isContent: false);
            }

            var other = new Phrasebook(engine.library[language], state.Channel);
            var again = state.LastAnswer is { } slug && state.Pending is Pending.AfterAnswer ? new Reply { Messages = [other.Answer(other.Pack.Entries[slug])] } : Reply.Nothing;
            return Done(Matched() with { Language = language, Pending = new Pending.Open(), Earlier = [] }, other.Reply(Prompts.LanguageSet).Then(again), outcome);
        }

        Reply Greeting() => state.Channel == Channel.Voice && engine.library.Speaks(Language.Es) && state.Language == Language.En
            ? new() { Messages = [book.Say(Prompts.GreetingSpanish) with { Language = Language.Es }, book.Say(Prompts.Greeting)] }
            : book.Reply(Prompts.Greeting);

        /// <summary>What was said last, to be answered now.</summary>
        Reply Again() => state.LastReply.Messages.IsEmpty ? Reply.Nothing : state.LastReply with { End = new ReplyEnd.Listen() };

        Conversation Matched() => state with { NoMatches = 0, NoInputs = 0, Waiting = false };

        /// <param name="next">The state to keep.</param>
        /// <param name="reply">What is said.</param>
        /// <param name="outcome">For the transcript.</param>
        /// <param name="isContent">False for talk about the conversation: it is not repeated and not gone back to.</param>
        Turn Done(Conversation next, Reply reply, string outcome, bool isContent = true)
        {
            if (isContent && !reply.Messages.IsEmpty)
            {
                next = next with
                {
                    LastReply = reply,
                    Earlier = before.Reply.Messages.IsEmpty ? next.Earlier : [.. next.Earlier.TakeLast(MostPlaces - 1), before],
                };
            }

            return new(next, reply, effects.ToImmutable(), heard, outcome);
        }
    }
}
