using System.Collections.Immutable;
using System.Data.Common;
using Dapper;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Notices;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Secrets;
using SupportBot.Knowledge.Semantics;
using SupportBot.Knowledge.Signals;
using SupportBot.Knowledge.Storage;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Conversations;

/// <summary>A request for one turn, from any channel.</summary>
/// <param name="ReplayKey">The same for every delivery of the same request: activity id, MessageSid, or CallSid and turn number.</param>
/// <param name="Conversation">Which conversation.</param>
/// <param name="Channel">Where it runs.</param>
/// <param name="Input">What came.</param>
/// <param name="Contact">The person's number on phone and text; null on the web or when withheld.</param>
/// <param name="Ours">Our number that was called or texted.</param>
/// <param name="Language">For a new conversation.</param>
/// <param name="Agency">For a new conversation: what the page or the called number tells.</param>
/// <param name="State">Two-letter state that the carrier gives for the contact; null when it gives none.</param>
public sealed record TurnRequest(
    string ReplayKey, ConversationId Conversation, Channel Channel, TurnInput Input, PhoneNumber? Contact = null, PhoneNumber? Ours = null,
    Language Language = Language.En, Agency Agency = Agency.Unknown, string? State = null);

/// <summary>How a channel writes a turn: the body that answers the request, kept for its replays, and activities for the transcript.</summary>
public interface IReplyRenderer
{
    /// <param name="turn">The decided turn.</param>
    /// <param name="entries">The transcript lines of this turn: the person's, if any, then the bot's messages in order.</param>
    Rendering Render(Turn turn, ImmutableArray<TranscriptEntry> entries);
}

/// <summary>A rendered turn.</summary>
/// <param name="Body">What the request is answered with.</param>
/// <param name="Activities">One per transcript line, or empty where the channel keeps none.</param>
public sealed record Rendering(string Body, ImmutableArray<string> Activities);

/// <summary>Load, decide, commit: one turn in one transaction, taken once however often it is asked for.</summary>
/// <remarks>
/// The row of the conversation is locked while the engine decides. Deciding takes microseconds, so waiting for the lock is cheaper than
/// deciding twice, and turns of one conversation come one after the other on every engine.
/// </remarks>
public sealed class TurnRunner(
    Database database,
    EngineSource engines,
    ConversationStore conversations,
    TranscriptStore transcripts,
    ConsentStore consents,
    EscalationStore escalations,
    EffectWriter effects,
    HelpDeskHours helpDesk,
    SecretKeys secrets,
    PasscodeStore passcodes,
    CarrierHealth health,
    SemanticRanker semantics,
    ISignals signals,
    TimeProvider time)
{
    const int Tries = 3;

    /// <summary>Takes the turn, or returns the body of the one that was taken for the same key.</summary>
    public async Task<string> RunAsync(TurnRequest request, IReplyRenderer renderer, CancellationToken cancellationToken)
    {
        var engine = engines.Current;
        var hint = semantics.IsReady ? await HintAsync(engine, request, cancellationToken) : null;
        var away = await health.OutAsync(cancellationToken);
        EffectOutcome.CodeRefused? refused = null;
        for (var attempt = 1; ; attempt++)
        {
            var (taken, outcome) = await database.WriteAsync(transaction => TakeAsync(transaction, engine, request, hint, away, refused, renderer), cancellationToken);
            if (taken is not null)
            {
                signals.Raise(request.Conversation.Value);
                foreach (var woken in taken.Wakes)
                {
                    signals.Raise(woken);
                }

                return taken.Body;
            }

            refused = outcome as EffectOutcome.CodeRefused ?? refused;

            if (attempt == Tries)
            {
                throw new InvalidOperationException("The turn could not be saved: another turn of the conversation was first each time.");
            }
        }
    }

    /// <summary>Asks language models before the transaction, which must not wait for a network. Should the conversation move on meanwhile, the hint still is about these words.</summary>
    async Task<SemanticHint?> HintAsync(ConversationEngine engine, TurnRequest request, CancellationToken cancellationToken)
    {
        if (request.Input is not TurnInput.Said)
        {
            return null;
        }

        var state = await conversations.FindAsync(request.Conversation, cancellationToken) ?? New(request);
        return engine.Ask(state, request.Input) is { } question ? await semantics.HintAsync(question, cancellationToken) : null;
    }

    static Conversation New(TurnRequest request) => new() { Id = request.Conversation, Channel = request.Channel, Language = request.Language, Agency = request.Agency };

    async Task<(bool Commit, (Taken? Taken, EffectOutcome? Outcome) Result)> TakeAsync(
        DbTransaction transaction, ConversationEngine engine, TurnRequest request, SemanticHint? hint, ImmutableHashSet<DeliveryChannel> away,
        EffectOutcome.CodeRefused? refused, IReplyRenderer renderer)
    {
        var now = time.GetUtcNow();
        var at = now.ToUnixTimeMilliseconds();

        // Waits for a twin request that is under way, then finds its answer.
        var isFirst = await transaction.Connection!.ExecuteAsync(
            "insert into turns (replay_key, conversation_id, body, at) values (@key, @id, '', @at) on conflict (replay_key) do nothing",
            new { key = request.ReplayKey, id = request.Conversation.Value, at },
            transaction) == 1;
        if (!isFirst)
        {
            return (false, (new((await transaction.Connection!.ExecuteScalarAsync<string>(
                "select body from turns where replay_key = @key", new { key = request.ReplayKey }, transaction))!, []), null));
        }

        var before = await conversations.LockAsync(transaction, request.Conversation) ?? New(request);
        var fingerprint = request.Contact is { } contact ? secrets.Fingerprint(contact) : null;
        var reach = fingerprint is null ? default : await consents.ReachAsync(transaction, fingerprint);
        var situation = new Situation(
            helpDesk.StatusAt(now, request.State, request.Contact),
            reach.State == ConsentState.OptedOut,
            request.Contact is not null,
            CaseReference.Random(),
            helpDesk.DayAt(now, request.State, request.Contact),
            await CaseNamedAsync(transaction, request, before, fingerprint),
            hint,
            reach.NoTextReason,
            away.Contains(DeliveryChannel.Text),
            await CodeAsync(transaction, request, before, fingerprint, away, refused, now));

        var turn = engine.Take(before, request.Input, situation, now);
        var entries = EntriesOf(turn, before, now);
        turn = turn with { State = turn.State with { Entries = before.Entries + entries.Length, LastEntryAt = entries.IsEmpty ? before.LastEntryAt : entries[^1].At } };
        var rendering = renderer.Render(turn, entries);

        if (!await conversations.SaveAsync(transaction, turn.State, fingerprint, at))
        {
            return (false, (null, null));
        }

        if (await effects.WriteAsync(transaction, turn, request.Contact, request.Ours, away, now) is not EffectOutcome.Written and var outcome)
        {
            return (false, (null, outcome));
        }

        await transcripts.AppendAsync(
            transaction, request.Conversation, entries.Select((entry, index) => rendering.Activities.IsEmpty ? entry : entry with { Activity = rendering.Activities[index] }));
        await transaction.Connection!.ExecuteAsync(
            "update turns set body = @body where replay_key = @key", new { body = rendering.Body, key = request.ReplayKey }, transaction);
        return (true, (new(rendering.Body, [.. turn.Effects.Select(WakeOf).OfType<string>()]), null));
    }

    /// <summary>Who has work to do after an effect; null when nobody has.</summary>
    static string? WakeOf(Effect effect) => effect switch
    {
        Effect.SendText or Effect.SendCodeAgain => DeliveryStore.Signal,
        Effect.DisavowCode => OwnerNoticeStore.Signal,
        _ => null,
    };

    /// <summary>
    /// The latest code for the person: by their own number on phone and text, by the number of a case on the web. Whoever carries on a case there has
    /// named its reference and proven the number.
    /// </summary>
    async Task<CodeOnFile?> CodeAsync(
        DbTransaction transaction, TurnRequest request, Conversation before, string? fingerprint, ImmutableHashSet<DeliveryChannel> away,
        EffectOutcome.CodeRefused? refused, DateTimeOffset now)
    {
        if (request.Input is not (TurnInput.Said or TurnInput.Keyed))
        {
            return null;
        }

        var phone = fingerprint ?? (before.CaseReference is { } reference ? await escalations.FingerprintOfAsync(transaction, reference) : null);
        var code = phone is null ? null : await passcodes.OnFileAsync(transaction, phone, away, now);
        return code is not null && refused is not null ? code with { Wait = refused.Wait } : code;
    }

    /// <summary>The case that a message is about: named in it, or asked for the turn before.</summary>
    async Task<CaseOnFile?> CaseNamedAsync(DbTransaction transaction, TurnRequest request, Conversation before, string? fingerprint)
    {
        if (request.Input is not TurnInput.Said said)
        {
            return null;
        }

        var asked = before.Pending is Pending.ProveContact prove && CaseReference.LastDigitsIn(said.Text) is { } digits ? (prove.Reference, Digits: digits) : default;
        return asked.Digits is not null
            ? await escalations.FindAsync(transaction, new(asked.Reference), request.Conversation, fingerprint, asked.Digits)
            : CaseReference.FindIn(said.Text) is { } named ? await escalations.FindAsync(transaction, named, request.Conversation, fingerprint, lastDigits: null) : null;
    }

    /// <param name="Wakes">Subjects to raise after the commit.</param>
    sealed record Taken(string Body, ImmutableArray<string> Wakes);

    /// <summary>Times in a conversation only grow, a millisecond at least: clients sort by them, and clocks step back.</summary>
    static ImmutableArray<TranscriptEntry> EntriesOf(Turn turn, Conversation before, DateTimeOffset now)
    {
        var entries = ImmutableArray.CreateBuilder<TranscriptEntry>();
        var at = DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(now.ToUnixTimeMilliseconds(), before.LastEntryAt.ToUnixTimeMilliseconds() + 1));
        if (turn.Heard is { } heard)
        {
            entries.Add(new(before.Entries + 1, Speaker.Person, heard, turn.Outcome, null, at));
        }

        foreach (var message in turn.Reply.Messages)
        {
            entries.Add(new(before.Entries + entries.Count + 1, Speaker.Bot, message.PlainText, null, null, at.AddMilliseconds(entries.Count)));
        }

        return entries.ToImmutable();
    }
}

/// <summary>The engine in use. A reload swaps the reference; turns under way keep the engine they began with.</summary>
public sealed class EngineSource(ConversationEngine engine)
{
    volatile ConversationEngine current = engine;

    public ConversationEngine Current => current;

    public void Swap(ConversationEngine next) => current = next;
}
