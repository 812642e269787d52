using System.Text.Encodings.Web;
using System.Text.Json;

namespace SupportBot.Knowledge.Storage;

/// <summary>Many rows as one parameter, so that a statement writes them all and its text stays the same for any number.</summary>
public static class Rows
{
    // Nothing reads this but the database.
    static readonly JsonSerializerOptions options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>For <see cref="Dialect.Each"/>; the members are named as columns are.</summary>
    public static string Of<T>(IEnumerable<T> rows) => JsonSerializer.Serialize(rows, options);
}
