using System.Data;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;

namespace SupportBot.Knowledge.Storage;

/// <summary>A list as one parameter, for <see cref="Dialect.OneOf"/>: an array, and JSON where there are none. The text of a statement stays the same for any number.</summary>
sealed class ListParameter : SqlMapper.TypeHandler<List<string>>
{
    public override void SetValue(IDbDataParameter parameter, List<string>? value) => parameter.Value = parameter is SqliteParameter ? JsonSerializer.Serialize(value) : value;

    public override List<string> Parse(object value) => throw new NotSupportedException("Columns hold no lists.");
}
