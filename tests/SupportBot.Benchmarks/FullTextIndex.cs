using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Benchmarks;

/// <summary>SQLite FTS5 with its own bm25 and the Porter stemmer: what a search over the messages finds.</summary>
static class FullTextIndex
{
    /// <summary>Runs an intent set.</summary>
    /// <param name="byLabel">All messages of a label are one row; otherwise each is a row, and the best one speaks for its label.</param>
    internal static IntentRun Run(List<IntentMessage> train, List<IntentMessage> validate, List<IntentMessage> test, bool byLabel)
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        var began = Stopwatch.GetTimestamp();
        Fill(connection, byLabel
            ? train.GroupBy(message => message.Label, StringComparer.Ordinal).Select(group => (group.Key, string.Join('\n', group.Select(message => message.Text))))
            : train.Select(message => (message.Label, message.Text)));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;

        using var search = connection.CreateCommand();
        search.CommandText = "select label, bm25(messages) from messages where messages match $words order by bm25(messages) limit 1";
        var words = search.Parameters.Add("$words", SqliteType.Text);
        search.Prepare();
        return IntentRun.Of(validate, test, seconds, Megabytes(connection), message =>
        {
            var quoted = Normalizer.Fold(message.Text).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => $"\"{word}\"");
            words.Value = string.Join(" OR ", quoted);
            if (words.Value is "")
            {
                return new(message, "", double.NegativeInfinity);
            }

            // bm25 is negative, the best lowest.
            using var rows = search.ExecuteReader();
            return rows.Read() ? new(message, rows.GetString(0), -rows.GetDouble(1)) : new(message, "", double.NegativeInfinity);
        });
    }

    static void Fill(SqliteConnection connection, IEnumerable<(string Label, string Text)> rows)
    {
        using var create = connection.CreateCommand();
        create.CommandText = "create virtual table messages using fts5 (label unindexed, text, tokenize = 'porter unicode61')";
        create.ExecuteNonQuery();
        using var transaction = connection.BeginTransaction();
        using var insert = connection.CreateCommand();
        insert.CommandText = "insert into messages (label, text) values ($label, $text)";
        insert.Transaction = transaction;
        var label = insert.Parameters.Add("$label", SqliteType.Text);
        var text = insert.Parameters.Add("$text", SqliteType.Text);
        foreach (var row in rows)
        {
            (label.Value, text.Value) = (row.Label, row.Text);
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    static double Megabytes(SqliteConnection connection)
    {
        using var size = connection.CreateCommand();
        size.CommandText = "select page_count * page_size from pragma_page_count, pragma_page_size";
        return (long)size.ExecuteScalar()! / 1e6;
    }
}
