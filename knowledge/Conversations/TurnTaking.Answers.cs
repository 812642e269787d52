using System.Collections.Immutable;
using System.Diagnostics;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Conversations;

/// <content>Answers, menus, and what is not here.</content>
sealed partial class TurnTaking
{
    Turn Answer(string slug)
    {
        if (situation.Code is { IsLive: true } code && book.Pack.Entries[slug].Code == code.Kind)
        {
            return CodeStatus(code);
        }

        if (state.Walk is not null)
        {
            return AnswerInBetween(slug);
        }

        var entry = book.Pack.Entries[slug];
        var choices = AfterAnswerChoices(entry);
        var answered = new Reply { Messages = [book.Answer(entry)] };
        var offered = state.Channel == Channel.Voice
            ? book.Offer(answered, book.Text(entry.More is null ? Prompts.AnythingElse : Prompts.MoreOffer), choices.Select(TitleOf))
            : book.Offer(answered, book.Text(Prompts.HelpedQuestion), choices.Select(TitleOf));
        return Done(Matched() with { Pending = new Pending.AfterAnswer(slug, choices), LastAnswer = slug }, offered, slug);
    }

    ImmutableArray<AfterAnswerChoice> AfterAnswerChoices(FaqEntry entry) => state.Channel switch
    {
        Channel.Voice =>
        [
            .. entry.More is null ? [] : (AfterAnswerChoice[])[AfterAnswerChoice.More],
            .. Steps(entry),
            .. situation.TakesTexts ? (AfterAnswerChoice[])[AfterAnswerChoice.TextMe] : [],
            AfterAnswerChoice.NotHelped,
        ],
        Channel.Sms => [.. Steps(entry), AfterAnswerChoice.Helped, AfterAnswerChoice.NotHelped],
        Channel.Web => [.. Steps(entry), AfterAnswerChoice.Helped, AfterAnswerChoice.NotHelped, AfterAnswerChoice.HelpDesk],
        _ => throw new UnreachableException(),
    };

    ImmutableArray<AfterAnswerChoice> Steps(FaqEntry entry) => engine.Library.Flows.AfterEntry(entry.Slug) is null ? [] : [AfterAnswerChoice.Steps];

    string TitleOf(AfterAnswerChoice choice) => book.Text(choice switch
    {
        AfterAnswerChoice.More => Prompts.MoreChoice,
        AfterAnswerChoice.TextMe => Prompts.TextMeChoice,
        AfterAnswerChoice.Helped => Prompts.HelpedYesChoice,
        AfterAnswerChoice.NotHelped => Prompts.HelpedNoChoice,
        AfterAnswerChoice.HelpDesk => Prompts.HelpDeskChoice,
        AfterAnswerChoice.Steps => Prompts.StepsChoice,
        AfterAnswerChoice.Resume => Prompts.ResumeChoice,
        _ => throw new UnreachableException(),
    });

    Turn Chosen(Pending.AfterAnswer after, AfterAnswerChoice choice)
    {
        var entry = book.Pack.Entries[after.Slug];
        switch (choice)
        {
            case AfterAnswerChoice.More:
                var rest = after with { Choices = after.Choices.Remove(AfterAnswerChoice.More) };
                var more = book.Offer(new() { Messages = [new([new Span.Text(entry.More ?? entry.Answer.Spoken)])] }, book.Text(Prompts.AnythingElse), rest.Choices.Select(TitleOf));
                return Done(Matched() with { Pending = rest }, more, "choice");
            case AfterAnswerChoice.TextMe:
                return TextAnswer(entry);
            case AfterAnswerChoice.Helped:
                effects.Add(new Effect.RecordFeedback(after.Slug, Helped: true));
                return Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.HelpedYes), "choice");
            case AfterAnswerChoice.NotHelped:
                effects.Add(new Effect.RecordFeedback(after.Slug, Helped: false));
                return after.Choices.Contains(AfterAnswerChoice.Steps)
                    ? OfferSteps(engine.Library.Flows.AfterEntry(after.Slug)!)
                    : Offer(EscalationReason.NotHelped, Prompts.HelpedNo, "choice");
            case AfterAnswerChoice.Steps:
                return Begin(engine.Library.Flows.AfterEntry(after.Slug)!.Name);
            case AfterAnswerChoice.Resume:
                return Return();
            case AfterAnswerChoice.HelpDesk:
                return HelpDesk(EscalationReason.NotHelped, [], "handoff");
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>The answer as a text to the caller's number.</summary>
    Turn TextAnswer(FaqEntry entry)
    {
        if (!situation.TakesTexts)
        {
            return Done(Matched(), NoTexts().Then(book.Reply(Prompts.AnythingElse)), "choice");
        }

        effects.Add(new Effect.SendText(entry.Answer.Text));
        return Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.TextMeDone, Prompts.AnythingElse), "choice");
    }

    Turn Menu(ImmutableArray<string> slugs)
    {
        var titles = slugs.Select(slug => book.Pack.Entries[slug].Title).Append(book.Text(Prompts.SomethingElse));
        return Done(Matched() with { Pending = new Pending.Menu(slugs) }, book.Offer(Reply.Nothing, book.Text(Prompts.MenuIntroduction), titles), "clarify");
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

        var asked = book.Offer(Reply.Nothing, book.Text(Prompts.WhichAgency), book.Text(Prompts.AgencySsa), book.Text(Prompts.AgencyOpm));
        return Done(Matched() with { Pending = new Pending.WhichAgency(which.Ssa, which.Opm), AgencyAsked = true }, asked, "clarify");
    }

    Turn SomethingElse() => state.Walk is not null ? Return() : Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.SomethingElseAsk), "choice");

    Turn AnythingElse(string outcome) => state.Walk is not null ? Return() : Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.AnythingElse), outcome);

    Turn Redirect(Interpretation.Redirect redirect)
    {
        var topic = book.Pack.Topics[redirect.Topic];
        var reply = new Reply { Messages = [book.Say($"redirect-{topic.Redirect}", "topic", topic.Title)] };
        if (state.Walk is not null)
        {
            return Done(Matched() with { Pending = new Pending.AtStep() }, reply.Then(book.Reply(Prompts.StepsBack)).Then(StepView()), redirect.Prediction, isPlace: false);
        }

        return Done(Matched() with { Pending = new Pending.Open() }, reply, redirect.Prediction);
    }

    Turn NotHere()
    {
        if (state.Walk is not null)
        {
            return Missed();
        }

        state = state with { NoMatches = state.NoMatches + 1 };
        return state.NoMatches > RepromptsBeforePerson
            ? HelpDesk(EscalationReason.NotHere, [], "abstain")
            : Offer(EscalationReason.NotHere, Prompts.NotHere, "abstain");
    }

    Turn NoMatch(string firstKey, string outcome)
    {
        if (state is { Walk: not null, Pending: Pending.AtStep })
        {
            return Missed();
        }

        state = state with { NoMatches = state.NoMatches + 1 };
        return state.NoMatches switch
        {
            1 => Done(state, book.Reply(firstKey).Then(Asked()), outcome, isContent: false),
            2 => Done(state, book.Reply(Prompts.NoMatchSecond).Then(Asked()), outcome, isContent: false),
            _ => Offer(EscalationReason.NotUnderstood, Prompts.OfferPerson, outcome),
        };
    }
}
