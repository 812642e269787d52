namespace SupportBot.Knowledge.Storage;

/// <summary>The fragments of SQL that the two engines write differently; everything else is one portable subset.</summary>
public sealed record Dialect(string Name)
{
    public static Dialect Sqlite { get; } = new("sqlite") { RowLock = "", ClaimLock = "", Lanes = 1 };

    /// <summary>PostgreSQL: rows are locked by name, since writers do not queue by themselves.</summary>
    public static Dialect PostgreSql { get; } = new("postgresql") { RowLock = "for update", ClaimLock = "for update skip locked", Lanes = 2 };

    /// <summary>Ends a select whose row this transaction will change.</summary>
    public required string RowLock { get; init; }

    /// <summary>Ends a select of rows to claim; rows claimed by others are passed over.</summary>
    public required string ClaimLock { get; init; }

    /// <summary>Batches of one kind that are worth being written at the same time. Where there is one writer, a second batch would only close before its turn comes.</summary>
    public required int Lanes { get; init; }

    /// <summary>A column whose index is not to be used: SQLite, knowing no numbers, takes a state for a better key than an id or a time.</summary>
    public string Unindexed(string column) => Name == Sqlite.Name ? $"+{column}" : column;

    /// <summary>The rows that <see cref="Rows.Of"/> wrote, as a table <c>r</c>.</summary>
    /// <param name="columns">As in <c>id text, at bigint</c>.</param>
    /// <remarks>SQLite keeps what it has parsed of a parameter, but would write out and parse again a row of it for every member: so members are taken by their path.</remarks>
    public string Each(string parameter, string columns) => Name == Sqlite.Name
        ? $"(select {string.Join(", ", columns.Split(", ").Select(column => $"{parameter} ->> (fullkey || '.{column[..column.IndexOf(' ')]}') as {column[..column.IndexOf(' ')]}"))} from json_each({parameter})) as r"
        : $"jsonb_to_recordset(cast({parameter} as jsonb)) as r({columns})";

    /// <summary>Ends a condition that joins <see cref="Each"/> by a key: says again which keys, since PostgreSQL takes such rows for a hundred and would rather read the whole table.</summary>
    public string Among(string column, string parameter) => Name == Sqlite.Name ? "" : $"and {column} = any({parameter})";

    /// <summary>Whether a column is one of a list of texts.</summary>
    public string OneOf(string column, string parameter) => Name == Sqlite.Name ? $"{column} in (select value from json_each({parameter}))" : $"{column} = any({parameter})";
}
