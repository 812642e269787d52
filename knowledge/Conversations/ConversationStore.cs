using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Conversations;

/// <summary>Conversations as whole values. Every method is one statement of the caller's transaction.</summary>
public sealed class ConversationStore(Database database)
{
    static readonly JsonSerializerOptions json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, Converters = { new JsonStringEnumConverter() } };

    /// <summary>The conversation, its row locked until the transaction ends; null when there is none.</summary>
    public async Task<Conversation?> LockAsync(DbTransaction transaction, ConversationId id)
    {
        var state = await transaction.Connection!.ExecuteScalarAsync<string?>(
            $"select state from conversations where id = @id {database.Dialect.RowLock}", new { id = id.Value }, transaction);
        return state is null ? null : Parse(state);
    }

    /// <summary>The conversation as last committed; null when there is none.</summary>
    public Task<Conversation?> FindAsync(ConversationId id, CancellationToken cancellationToken) => database.ReadAsync(
        async connection =>
        {
            var state = await connection.ExecuteScalarAsync<string?>("select state from conversations where id = @id", new { id = id.Value });
            return state is null ? null : Parse(state);
        },
        cancellationToken);

    /// <summary>Writes the state where the version is still the one it was made from; false when another turn was first.</summary>
    public async Task<bool> SaveAsync(DbTransaction transaction, Conversation state, string? fingerprint, long at) =>
        await transaction.Connection!.ExecuteAsync(
            """
            insert into conversations (id, channel, fingerprint, state, version, created_at, updated_at)
            values (@id, @channel, @fingerprint, @state, @version, @at, @at)
            on conflict (id) do update set state = excluded.state, version = excluded.version, updated_at = excluded.updated_at
            where conversations.version = excluded.version - 1
            """,
            new { id = state.Id.Value, channel = Name(state.Channel), fingerprint, state = JsonSerializer.Serialize(state, json), version = state.Turns, at },
            transaction) == 1;

    /// <summary>The name of a channel in rows.</summary>
    public static string Name(Channel channel) => channel.ToString().ToLowerInvariant();

    /// <summary>A conversation from its stored form.</summary>
    internal static Conversation Parse(string state) => JsonSerializer.Deserialize<Conversation>(state, json)!;
}
