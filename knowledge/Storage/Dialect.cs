namespace SupportBot.Knowledge.Storage;

/// <summary>The fragments of SQL that the two engines write differently; everything else is one portable subset.</summary>
public sealed record Dialect(string Name)
{
    public static Dialect Sqlite { get; } = new("sqlite") { RowLock = "", ClaimLock = "" };

    /// <summary>PostgreSQL: rows are locked by name, since writers do not queue by themselves.</summary>
    public static Dialect PostgreSql { get; } = new("postgresql") { RowLock = "for update", ClaimLock = "for update skip locked" };

    /// <summary>Ends a select whose row this transaction will change.</summary>
    public required string RowLock { get; init; }

    /// <summary>Ends a select of rows to claim; rows claimed by others are passed over.</summary>
    public required string ClaimLock { get; init; }

    /// <summary>The rows that <see cref="Rows.Of"/> wrote, as a table <c>r</c> with the column <c>value</c>: <c>r.value ->> 'name'</c> is a text, or a number to be cast.</summary>
    public string Each(string parameter) => Name == Sqlite.Name ? $"json_each({parameter}) as r" : $"jsonb_array_elements(cast({parameter} as jsonb)) as r(value)";

    /// <summary>Whether a column is one of a list. Dapper writes the list out for SQLite; PostgreSQL takes it as an array.</summary>
    public string OneOf(string column, string parameter) => Name == Sqlite.Name ? $"{column} in {parameter}" : $"{column} = any({parameter})";
}
