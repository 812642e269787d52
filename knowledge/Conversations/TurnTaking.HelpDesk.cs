using System.Collections.Immutable;
using System.Diagnostics;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Escalations;

namespace SupportBot.Knowledge.Conversations;

/// <content>Cases: a person is needed, or the way is kept for later.</content>
sealed partial class TurnTaking
{
    const int MostProofTries = 3;

    Turn ConfirmHelpDesk() => Offer(EscalationReason.Asked, Prompts.HelpDeskConfirm, "handoff");

    Turn Offer(EscalationReason reason, string promptKey, string outcome) => Done(
        state with { Pending = new Pending.OfferPerson(reason) },
        book.Offer(Reply.Nothing, book.Text(promptKey), book.Text(Prompts.YesChoice), book.Text(Prompts.NoChoice)),
        outcome);

    /// <summary>A case with everything said so far; a transfer where somebody can take the call.</summary>
    Turn HelpDesk(EscalationReason reason, ImmutableArray<Message> first, string outcome, bool stay = true)
    {
        var reply = new Reply { Messages = first }.Then(Referenced(WriteCase(reason) ? Prompts.CaseOpened : Prompts.CaseExists));
        state = Paused(Matched()) with { Pending = new Pending.Open() };
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

    /// <summary>Opens the case, or adds to the one there is; true when it is new.</summary>
    bool WriteCase(EscalationReason reason)
    {
        if (state.CaseReference is { } known)
        {
            effects.Add(new Effect.UpdateEscalation(new(known), reason, Summary()));
            state = state with { CaseIsKept = state.CaseIsKept && reason == EscalationReason.Later };
            return false;
        }

        effects.Add(new Effect.OpenEscalation(situation.FreshReference, reason, Summary()));
        state = state with { CaseReference = situation.FreshReference.Value, CaseIsKept = reason == EscalationReason.Later };
        return true;
    }

    /// <summary>For the help desk, in English: what is known, where the person was, what was tried.</summary>
    string Summary()
    {
        var english = new Phrasebook(engine.Library[Language.En], Channel.Web);
        var flows = engine.Library.Flows;
        var lines = new List<string>();
        if ((state.Walk ?? state.Paused.LastOrDefault()) is { } walk && flows.Flows.TryGetValue(walk.Flow, out var flow))
        {
            lines.Add($"{english.Text(flow.Title)}, at step {walk.Step}");
        }

        lines.AddRange(state.Known.Where(known => flows.Slots.ContainsKey(known.Key)).Select(known => $"{known.Key}: {known.Value}"));
        lines.AddRange(state.Tried.Select(tried => $"tried {tried}"));
        return string.Join('\n', lines);
    }

    /// <summary>Somebody names a case: with proof they go on where they stopped, without it from the beginning.</summary>
    Turn NamedCase() => situation.Case switch
    {
        null => Done(Matched(), book.Reply(Prompts.CaseUnknown), "case", isContent: false),
        { Proof: CaseProof.Given } found => Join(found),
        { Proof: CaseProof.Wanted } found => AskProof(found, Prompts.CaseProve),
        { } found => WithoutProof(found),
    };

    /// <summary>The last digits were told.</summary>
    Turn Proven()
    {
        if (situation.Case is not { } found)
        {
            return Done(Matched() with { Pending = new Pending.Open() }, book.Reply(Prompts.CaseUnknown), "case", isContent: false);
        }

        if (found.Proof == CaseProof.Given)
        {
            return Join(found);
        }

        effects.Add(new Effect.RecordWrongProof(found.Reference));
        state = state with { ProofTries = state.ProofTries + 1 };
        return state.ProofTries >= MostProofTries ? WithoutProof(found) : AskProof(found, Prompts.CaseProofWrong);
    }

    Turn AskProof(CaseOnFile found, string promptKey) => state.ProofTries >= MostProofTries
        ? WithoutProof(found)
        : Done(Matched() with { Pending = new Pending.ProveContact(found.Reference.Value) }, book.Reply(promptKey), "case", isPlace: false);

    Turn Join(CaseOnFile found)
    {
        var there = found.Conversation;
        if (there.Id != state.Id)
        {
            effects.Add(new Effect.JoinEscalation(found.Reference));
            state = state with
            {
                Agency = state.Agency == Agency.Unknown ? there.Agency : state.Agency,
                Known = there.Known.SetItems(state.Known),
                Walk = there.Walk ?? there.Paused.LastOrDefault(),
                Paused = there.Walk is null ? [.. there.Paused.SkipLast(1)] : there.Paused,
                Tried = there.Tried,
                CaseIsKept = there.CaseIsKept,
            };
        }
        else if (state.Walk is null)
        {
            state = state with { Walk = state.Paused.LastOrDefault(), Paused = [.. state.Paused.SkipLast(1)] };
        }

        state = state with { CaseReference = found.Reference.Value };
        var welcome = Referenced(Prompts.CaseFound);
        if (state.Walk is { } walk && engine.Walker.Knows(walk))
        {
            return Arrive(engine.Walker.Resume(walk, Around()), welcome.Messages, "case");
        }

        state = state with { Walk = null };
        return Done(Matched() with { Pending = new Pending.Open() }, welcome.Then(book.Reply(Prompts.AnythingElse)), "case");
    }

    /// <summary>The general part: the same steps, from the start, with nothing that was told.</summary>
    Turn WithoutProof(CaseOnFile found)
    {
        var there = found.Conversation;
        state = Matched();
        return (there.Walk ?? there.Paused.LastOrDefault()) is { } walk && engine.Library.Flows.Flows.ContainsKey(walk.Began)
            ? Begin(walk.Began, book.Say(Prompts.CaseGeneral))
            : Done(state with { Pending = new Pending.Open() }, book.Reply(Prompts.CaseGeneral), "case");
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
}
