using System.Diagnostics;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Troubleshooting;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Conversations;

/// <content>Safety, and words about the conversation itself.</content>
sealed partial class TurnTaking
{
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
            case SafetyKind.UnaskedCode when situation.Code is not null:
                return OfferToCancel();
            case SafetyKind.UnaskedCode:
                return Done(Matched(), book.Reply(Prompts.UnaskedCode), safety.Prediction);
            case SafetyKind.PrivateData:
                if (situation.Code is { IsLive: true } code && safety.Rest is null)
                {
                    var typed = new Reply { Messages = [CodeSays(Prompts.CodeTyped, code)] };
                    return Done(Matched(), state.Walk is null ? typed : typed.Then(Again()), safety.Prediction, isContent: false);
                }

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
                return Waits(name);
            case CommandKind.Back:
                return Back(name);
            case CommandKind.Restart:
                var fresh = new Conversation
                {
                    Id = state.Id, Channel = state.Channel, Language = state.Language, Turns = state.Turns, Entries = state.Entries,
                    Slowness = state.Slowness, CaseReference = state.CaseReference, CaseIsKept = state.CaseIsKept,
                        ProofTries = state.ProofTries, Pending = new Pending.Greeted(),
                };
                var restarted = Done(fresh, book.Reply(Prompts.Restarted), name);

                // What was before is gone: "back" must not lead there.
                return restarted with { State = restarted.State with { Earlier = [] } };
            case CommandKind.Rephrase:
                return Rephrase(name);
            case CommandKind.Menu:
                return Done(Paused(Matched()) with { Pending = new Pending.Open() }, book.Reply(Prompts.Menu), name);
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
            case CommandKind.No when !IsAnythingElse:
                return Done(Matched(), book.Reply(Prompts.NoToNothing), name, isContent: false);
            case CommandKind.CaseNumber when state.CaseReference is null:
                return Offer(EscalationReason.Asked, Prompts.CaseNone, name);
            case CommandKind.CaseNumber:
                return Done(Matched(), Referenced(Prompts.CaseIs).Then(Asked()), name, isContent: false);
            case CommandKind.End when state.Channel == Channel.Voice && StepWords.Match(Normalizer.Fold(text)) == StepWord.Done:
                // "Done" may be about anything; only a goodbye ends a call.
                return Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.AnythingElse), name);
            case CommandKind.End or CommandKind.No:
                return Done(Paused(Matched()) with { Pending = new Pending.Open() }, book.Reply(Prompts.Goodbye) with { End = new ReplyEnd.HangUp() }, name);
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>A caller was asked for anything else, which "no" ends.</summary>
    bool IsAnythingElse => state is { Channel: Channel.Voice, Walk: null, LastReply.Messages: [.., var last] } && last.PlainText == book.Text(Prompts.AnythingElse);

    Turn Back(string outcome)
    {
        if (state.Earlier.IsEmpty)
        {
            return Done(Matched(), book.Reply(Prompts.NothingBack).Then(Again()), outcome, isContent: false);
        }

        var place = state.Earlier[^1];
        state = Matched() with
        {
            Earlier = state.Earlier[..^1], Pending = place.Pending, LastReply = place.Reply, LastAnswer = place.LastAnswer, Known = place.Known, Tried = place.Tried,

            // How long nothing new came up is not undone: walking to and fro is no progress.
            Walk = place.Walk is { } earlier && state.Walk is { } now && earlier.Began == now.Began ? earlier with { Idle = now.Idle, Seen = now.Seen } : place.Walk,
        };
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

        if (state is { Channel: Channel.Voice, LastAnswer: { } slug } && !situation.OptedOut && StepWords.Match(Normalizer.Fold(text)) == StepWord.TextMe)
        {
            // "Text me" from a number that never was closed asks for what was just said.
            return TextAnswer(book.Pack.Entries[slug]);
        }

        effects.Add(new Effect.RecordConsent(ConsentState.OptedIn, text, MeansOf(text)));
        return Done(Matched(), book.Reply(Prompts.OptInConfirmed), outcome, isContent: false);
    }

    ConsentMeans MeansOf(string text) => state.Channel == Channel.Voice
        ? ConsentMeans.Phone
        : Router.CarrierWord(Normalizer.Fold(text), Channel.Sms) is null ? ConsentMeans.Words : ConsentMeans.Keyword;

    Turn Speak(Language language, string outcome)
    {
        if (!engine.Library.Speaks(language))
        {
            return Done(Matched(), book.Reply(Prompts.LanguageUnavailable), outcome, isContent: false);
        }

        if (state is { Walk: not null })
        {
            state = Matched() with { Language = language, Pending = new Pending.AtStep(), Earlier = [] };
            book = new(engine.Library[language], state.Channel);
            return Done(state, book.Reply(Prompts.LanguageNow).Then(StepView()), outcome);
        }

        var other = new Phrasebook(engine.Library[language], state.Channel);
        var again = state.LastAnswer is { } slug && state.Pending is Pending.AfterAnswer ? new Reply { Messages = [other.Answer(other.Pack.Entries[slug])] } : Reply.Nothing;
        return Done(Matched() with { Language = language, Pending = new Pending.Open(), Earlier = [] }, other.Reply(Prompts.LanguageSet).Then(again), outcome);
    }
}
