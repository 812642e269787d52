using System.Collections.Immutable;
using System.Data.Common;
using Dapper;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Secrets;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Escalations;

/// <summary>A case for the help desk. What was said is the conversation's transcript.</summary>
public sealed record Escalation(
    CaseReference Reference, ConversationId Conversation, Channel Channel, Agency Agency, EscalationReason Reason, string State, DateTimeOffset OpenedAt);

/// <summary>Cases.</summary>
public sealed class EscalationStore(Database database, SecretKeys secrets)
{
    /// <summary>Wrong last digits, over all conversations, after which a case is only opened from its own number.</summary>
    const int MostWrongProofs = 6;

    /// <summary>Opens a case in the caller's transaction; false when the reference is taken. One that is only kept waits for nobody.</summary>
    public async Task<bool> OpenAsync(DbTransaction transaction, Effect.OpenEscalation opened, Conversation state, PhoneNumber? contact, DateTimeOffset now) =>
        await transaction.Connection!.ExecuteAsync(
            """
            insert into escalations (reference, conversation_id, channel, agency, language, reason, summary, state, fingerprint, sealed_number, opened_at, version)
            values (@reference, @conversation, @channel, @agency, @language, @reason, @summary, @state, @fingerprint, @sealedNumber, @at, 1)
            on conflict (reference) do nothing
            """,
            new
            {
                reference = opened.Reference.Value,
                conversation = state.Id.Value,
                channel = ConversationStore.Name(state.Channel),
                agency = state.Agency.ToString().ToLowerInvariant(),
                language = state.Language.ToString().ToLowerInvariant(),
                reason = opened.Reason.ToString(),
                summary = opened.Summary,
                state = opened.Reason == EscalationReason.Later ? "kept" : "open",
                fingerprint = contact is { } number ? secrets.Fingerprint(number) : null,
                sealedNumber = contact is { } toSeal ? secrets.Seal(toSeal.Value, $"escalations/{opened.Reference.Value}") : null,
                at = now.ToUnixTimeMilliseconds(),
            },
            transaction) == 1;

    /// <summary>Adds to a case in the caller's transaction; one that was kept is opened where a person is needed now.</summary>
    public Task UpdateAsync(DbTransaction transaction, Effect.UpdateEscalation updated) => transaction.Connection!.ExecuteAsync(
        updated.Reason == EscalationReason.Later
            ? "update escalations set summary = @summary, version = version + 1 where reference = @reference"
            : """
              update escalations set summary = @summary, version = version + 1,
                  reason = case when state = 'kept' then @reason else reason end,
                  state = case when state = 'kept' then 'open' else state end
              where reference = @reference
              """,
        new { reference = updated.Reference.Value, summary = updated.Summary, reason = updated.Reason.ToString() },
        transaction);

    /// <summary>Notes in the caller's transaction that a conversation goes on with a case that was opened in another.</summary>
    public Task JoinAsync(DbTransaction transaction, CaseReference reference, ConversationId conversation, DateTimeOffset now) => transaction.Connection!.ExecuteAsync(
        "insert into escalation_conversations (reference, conversation_id, at) values (@reference, @conversation, @at) on conflict (reference, conversation_id) do nothing",
        new { reference = reference.Value, conversation = conversation.Value, at = now.ToUnixTimeMilliseconds() },
        transaction);

    /// <summary>Counts a wrong proof in the caller's transaction.</summary>
    public Task RecordWrongProofAsync(DbTransaction transaction, CaseReference reference) => transaction.Connection!.ExecuteAsync(
        "update escalations set wrong_proofs = wrong_proofs + 1 where reference = @reference", new { reference = reference.Value }, transaction);

    /// <summary>A case and the conversation that was last with it, in the caller's transaction; null when there is none of that name.</summary>
    /// <param name="transaction">The turn's.</param>
    /// <param name="reference">As the person named it.</param>
    /// <param name="asking">The conversation that names it.</param>
    /// <param name="fingerprint">Of the contact that names it; null on the web.</param>
    /// <param name="lastDigits">What the person says are the last digits of the case's number; null when that was not asked.</param>
    public async Task<CaseOnFile?> FindAsync(DbTransaction transaction, CaseReference reference, ConversationId asking, string? fingerprint, string? lastDigits)
    {
        var found = await transaction.Connection!.QuerySingleOrDefaultAsync<NamedRow>(
            """
            select e.fingerprint, e.sealed_number, e.wrong_proofs, c.id as conversation_id, c.state as conversation
            from escalations e
            join conversations c on c.id = coalesce(
                (select j.conversation_id from escalation_conversations j where j.reference = e.reference order by j.at desc, j.conversation_id limit 1), e.conversation_id)
            where e.reference = @reference
            """,
            new { reference = reference.Value },
            transaction);
        if (found is null)
        {
            return null;
        }

        var isSame = found.ConversationId == asking.Value || (fingerprint is not null && fingerprint == found.Fingerprint);
        var proof = isSame ? CaseProof.Given
            : fingerprint is not null || found.WrongProofs >= MostWrongProofs || found.SealedNumber is not { } sealedNumber ? CaseProof.Impossible
            : lastDigits is null ? CaseProof.Wanted
            : secrets.Open(sealedNumber, $"escalations/{reference.Value}").EndsWith(lastDigits, StringComparison.Ordinal) ? CaseProof.Given
            : CaseProof.Wrong;
        return new(reference, proof, ConversationStore.Parse(found.Conversation));
    }

    /// <summary>Fingerprint of the number that a case belongs to, in the caller's transaction; null when it has none.</summary>
    public Task<string?> FingerprintOfAsync(DbTransaction transaction, string reference) => transaction.Connection!.ExecuteScalarAsync<string?>(
        "select fingerprint from escalations where reference = @reference", new { reference }, transaction);

    /// <summary>Cases of one conversation, oldest first.</summary>
    public Task<ImmutableArray<Escalation>> OfConversationAsync(ConversationId id, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (await connection.QueryAsync<Row>(
            "select reference, conversation_id, channel, agency, reason, state, opened_at from escalations where conversation_id = @id order by opened_at",
            new { id = id.Value })).Select(row => row.ToEscalation()).ToImmutableArray(),
        cancellationToken);

    sealed record NamedRow
    {
        public string? Fingerprint { get; init; }

        public string? SealedNumber { get; init; }

        public int WrongProofs { get; init; }

        public string ConversationId { get; init; } = "";

        public string Conversation { get; init; } = "";
    }

    sealed record Row
    {
        public string Reference { get; init; } = "";

        public string ConversationId { get; init; } = "";

        public string Channel { get; init; } = "";

        public string Agency { get; init; } = "";

        public string Reason { get; init; } = "";

        public string State { get; init; } = "";

        public long OpenedAt { get; init; }

        internal Escalation ToEscalation() => new(
            new(Reference), new(ConversationId), Enum.Parse<Channel>(Channel, ignoreCase: true), Enum.Parse<Agency>(Agency, ignoreCase: true),
            Enum.Parse<EscalationReason>(Reason), State, DateTimeOffset.FromUnixTimeMilliseconds(OpenedAt));
    }
}
