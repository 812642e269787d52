using System.Text;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Bot.DirectLine;

/// <summary>Words and texts as they stand on the wire.</summary>
static class Wire
{
    /// <summary>The language of a BCP 47 tag (<c>es-MX</c>); null for one that we have no content in.</summary>
    internal static Language? LanguageOf(string? tag) => tag?.Split('-', '_')[0].ToLowerInvariant() switch
    {
        "en" => Language.En,
        "es" => Language.Es,
        _ => null,
    };

    /// <summary>The tag by which pages and screen readers choose a voice.</summary>
    internal static string TagOf(Language language) => language switch
    {
        Language.En => "en-US",
        Language.Es => "es-US",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    internal static Agency AgencyOf(string? name) => name?.ToLowerInvariant() switch
    {
        "ssa" => Agency.Ssa,
        "opm" => Agency.Opm,
        _ => Agency.Unknown,
    };

    internal static string NameOf(Agency agency) => agency.ToString().ToLowerInvariant();

    /// <summary>Text without control characters (line ends and tabs stay), cut to a length between two characters.</summary>
    internal static string Clean(string text, int mostCharacters)
    {
        var clean = new StringBuilder(Math.Min(text.Length, mostCharacters));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > mostCharacters)
            {
                break;
            }

            if (!Rune.IsControl(rune) || rune.Value is '\n' or '\t')
            {
                clean.Append(rune);
            }
        }

        return clean.ToString().Trim();
    }
}
