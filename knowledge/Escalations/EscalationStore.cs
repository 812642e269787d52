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
    /// <summary>Opens a case in the caller's transaction; false when the reference is taken.</summary>
    public async Task<bool> OpenAsync(DbTransaction transaction, Effect.OpenEscalation opened, Conversation state, PhoneNumber? contact, DateTimeOffset now) =>
        await transaction.Connection!.ExecuteAsync(
            """
            insert into escalations (reference, conversation_id, channel, agency, language, reason, state, fingerprint, sealed_number, opened_at, version)
            values (@reference, @conversation, @channel, @agency, @language, @reason, 'open', @fingerprint, @sealedNumber, @at, 1)
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
                fingerprint = contact is { } number ? secrets.Fingerprint(number) : null,
                sealedNumber = contact is { } toSeal ? secrets.Seal(toSeal.Value, $"escalations/{opened.Reference.Value}") : null,
                at = now.ToUnixTimeMilliseconds(),
            },
            transaction) == 1;

    /// <summary>Cases of one conversation, oldest first.</summary>
    public Task<ImmutableArray<Escalation>> OfConversationAsync(ConversationId id, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (await connection.QueryAsync<Row>(
            "select reference, conversation_id, channel, agency, reason, state, opened_at from escalations where conversation_id = @id order by opened_at",
            new { id = id.Value })).Select(row => row.ToEscalation()).ToImmutableArray(),
        cancellationToken);

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
