using System.Data;
using Microsoft.Data.Sqlite;

namespace SupportBot.Knowledge.Storage;

/// <summary>A SQLite connection that keeps statements prepared, by their text. As any connection, used by one caller at a time.</summary>
sealed class PreparedConnection(string connectionString, int most) : SqliteConnection(connectionString)
{
    readonly Dictionary<string, PreparedCommand> prepared = new(StringComparer.Ordinal);

    public override SqliteCommand CreateCommand() => new Command(this);

    SqliteDataReader Execute(Command command, CommandBehavior behavior)
    {
        if (!prepared.TryGetValue(command.CommandText, out var kept) || kept.IsOpen)
        {
            kept = Keep(command.CommandText);
        }

        kept.Parameters.Clear();
        foreach (SqliteParameter parameter in command.Parameters)
        {
            kept.Parameters.Add(parameter);
        }

        kept.Transaction = command.Transaction;
        try
        {
            return kept.ExecuteReader(behavior);
        }
        catch
        {
            // What a failed statement leaves behind is not worth knowing.
            prepared.Remove(command.CommandText);
            kept.Dispose();
            throw;
        }
    }

    /// <summary>A statement that is still being read goes on, and is let go by its reader's connection.</summary>
    PreparedCommand Keep(string text)
    {
        if (prepared.Count >= most)
        {
            foreach (var idle in prepared.Values.Where(idle => !idle.IsOpen))
            {
                idle.Dispose();
            }

            prepared.Clear();
        }

        return prepared[text] = new PreparedCommand { Connection = this, CommandText = text, CommandTimeout = DefaultTimeout };
    }

    sealed class PreparedCommand : SqliteCommand
    {
        internal bool IsOpen => DataReader is { IsClosed: false };
    }

    sealed class Command : SqliteCommand
    {
        readonly PreparedConnection connection;

        internal Command(PreparedConnection connection)
        {
            this.connection = connection;
            (Connection, Transaction, CommandTimeout) = (connection, connection.Transaction, connection.DefaultTimeout);
        }

        public override SqliteDataReader ExecuteReader(CommandBehavior behavior) => connection.Execute(this, behavior);
    }
}
