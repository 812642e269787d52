using System.Collections.Immutable;
using System.Data.Common;
using Dapper;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Conversations;

/// <summary>Who said it.</summary>
public enum Speaker
{
    Person,
    Bot,
    Agent,
}

/// <summary>One line of a transcript, redacted.</summary>
/// <param name="Sequence">1-based place in the conversation; the web's watermark.</param>
/// <param name="Outcome">For a person's line: what it was taken for.</param>
/// <param name="Activity">For the web: the activity as sent, JSON; null on other channels.</param>
public sealed record TranscriptEntry(int Sequence, Speaker Speaker, string Text, string? Outcome, string? Activity, DateTimeOffset At);

/// <summary>Append-only log of each conversation.</summary>
public sealed class TranscriptStore(Database database)
{
    /// <summary>Appends in one statement of the caller's transaction.</summary>
    public async Task AppendAsync(DbTransaction transaction, ConversationId id, IEnumerable<TranscriptEntry> entries) =>
        await transaction.Connection!.ExecuteAsync(
            "insert into transcript (conversation_id, sequence, speaker, text, outcome, activity, at) values (@id, @sequence, @speaker, @text, @outcome, @activity, @at)",
            entries.Select(entry => new
            {
                id = id.Value,
                sequence = entry.Sequence,
                speaker = entry.Speaker.ToString().ToLowerInvariant(),
                text = entry.Text,
                outcome = entry.Outcome,
                activity = entry.Activity,
                at = entry.At.ToUnixTimeMilliseconds(),
            }),
            transaction);

    /// <summary>Entries after a sequence number, in order.</summary>
    public Task<ImmutableArray<TranscriptEntry>> ReadAsync(ConversationId id, int after, CancellationToken cancellationToken) => database.ReadAsync(
        async connection =>
        {
            var rows = await connection.QueryAsync<Row>(
                "select sequence, speaker, text, outcome, activity, at from transcript where conversation_id = @id and sequence > @after order by sequence",
                new { id = id.Value, after });
            return rows.Select(row => row.ToEntry()).ToImmutableArray();
        },
        cancellationToken);

    sealed record Row
    {
        public long Sequence { get; init; }

        public string Speaker { get; init; } = "";

        public string Text { get; init; } = "";

        public string? Outcome { get; init; }

        public string? Activity { get; init; }

        public long At { get; init; }

        internal TranscriptEntry ToEntry() => new(
            (int)Sequence, Enum.Parse<Speaker>(Speaker, ignoreCase: true), Text, Outcome, Activity, DateTimeOffset.FromUnixTimeMilliseconds(At));
    }
}
