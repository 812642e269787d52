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

/// <summary>A question that content authors should look at.</summary>
/// <param name="Text">Redacted.</param>
/// <param name="Outcome">What it was taken for, in the words of <c>knowledge ask</c>.</param>
/// <param name="Unhelpful">It was answered, and the person said that the answer did not help.</param>
public sealed record UnansweredQuestion(string Text, string Outcome, Channel Channel, bool Unhelpful, DateTimeOffset At);

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

    /// <summary>What nobody could answer since a time: not here, only a menu, or an answer that did not help. Oldest first.</summary>
    public Task<ImmutableArray<UnansweredQuestion>> UnansweredAsync(DateTimeOffset since, CancellationToken cancellationToken) => database.ReadAsync(
        async connection => (await connection.QueryAsync<UnansweredRow>(
            """
            select said.text, said.outcome, said.at, conversations.channel,
                (select max(1 - feedback.helped) from feedback
                 where feedback.conversation_id = said.conversation_id and feedback.slug = said.outcome and feedback.sequence > said.sequence) as unhelpful
            from transcript said join conversations on conversations.id = said.conversation_id
            where said.speaker = 'person' and said.at >= @since and said.text <> ''
                and (said.outcome in ('abstain', 'clarify', 'redirect')
                    or exists (select 1 from feedback where feedback.conversation_id = said.conversation_id and feedback.slug = said.outcome
                               and feedback.helped = 0 and feedback.sequence > said.sequence))
            order by said.at, said.conversation_id, said.sequence
            """,
            new { since = since.ToUnixTimeMilliseconds() }))
            .Select(row => new UnansweredQuestion(row.Text, row.Outcome, Enum.Parse<Channel>(row.Channel, ignoreCase: true), row.Unhelpful == 1, DateTimeOffset.FromUnixTimeMilliseconds(row.At)))
            .ToImmutableArray(),
        cancellationToken);

    sealed record UnansweredRow
    {
        public string Text { get; init; } = "";

        public string Outcome { get; init; } = "";

        public string Channel { get; init; } = "";

        public long? Unhelpful { get; init; }

        public long At { get; init; }
    }

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
