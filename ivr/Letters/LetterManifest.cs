using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using SupportBot.Knowledge.Passcodes;

namespace SupportBot.Ivr.Letters;

/// <summary>One letter of a batch.</summary>
/// <param name="Attempt">Names its file.</param>
/// <param name="Body">Paragraphs parted by blank lines; one of them is the code alone.</param>
/// <param name="SiteHost">Where the code is typed.</param>
public sealed record Letter(string Attempt, PostalAddress To, string Code, string Body, DateTimeOffset DueAt, string SiteHost);

/// <summary>
/// The list that goes to the printer: fields parted by bars, lines ended by CR LF; a header line <c>01</c> with the count, then a line <c>02</c> for each
/// letter with name, address, city, state, ZIP, code, date, due date, service and domain (the form of Login.gov's postal export).
/// </summary>
public static class LetterManifest
{
    public const string FileName = "manifest.psv";

    public static string Of(ImmutableArray<Letter> letters, string serviceName, DateTimeOffset printedAt)
    {
        var manifest = new StringBuilder();
        Line(manifest, "01", letters.Length.ToString(CultureInfo.InvariantCulture));
        foreach (var letter in letters)
        {
            Line(
                manifest, "02", letter.To.Name, letter.To.Line1, letter.To.Line2, letter.To.City, letter.To.State, letter.To.Zip, letter.Code, Date(printedAt), Date(letter.DueAt),
                serviceName, letter.SiteHost);
        }

        return manifest.ToString();
    }

    static void Line(StringBuilder manifest, params ReadOnlySpan<string> fields)
    {
        for (var index = 0; index < fields.Length; index++)
        {
            manifest.Append(index == 0 ? "" : "|").Append(Field(fields[index]));
        }

        manifest.Append("\r\n");
    }

    /// <summary>Quoted as in CSV (RFC 4180) where it would otherwise be read as two.</summary>
    static string Field(string text) => text.AsSpan().IndexOfAny("|\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    static string Date(DateTimeOffset at) => at.ToString("MMMM d, yyyy", CultureInfo.InvariantCulture);
}
