using System.Collections.Immutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Ivr.Voice;

/// <summary>Text as a phone voice should say it.</summary>
public static partial class SpokenText
{
    const string BetweenCharacters = "300ms";
    const string BetweenGroups = "700ms";

    /// <summary>Names that a voice would read as punctuation or as a word, letter by letter. Menu titles are written for the eye.</summary>
    public static string Of(string text, Language language)
    {
        var dot = language == Language.Es ? "punto" : "dot";
        var spoken = Twiml.Clean(text)
            .Replace("Login.gov", $"Login {dot} gov", StringComparison.OrdinalIgnoreCase)
            .Replace("ID.me", $"I D {dot} me", StringComparison.OrdinalIgnoreCase)
            .Replace("SSA.gov", $"S S A {dot} gov", StringComparison.OrdinalIgnoreCase)
            .Replace("OPM.gov", $"O P M {dot} gov", StringComparison.OrdinalIgnoreCase);
        spoken = Abbreviation().Replace(spoken, match => string.Join(' ', match.Value.ToCharArray()));
        return Marks().Replace(spoken, " ").Trim();
    }

    /// <summary>The text in pieces of at most so many characters, parted at a space where one is near; none for an empty text.</summary>
    public static IEnumerable<string> Pieces(string text, int mostCharacters)
    {
        while (text.Length > 0)
        {
            var piece = Twiml.Start(text, mostCharacters);
            if (piece.Length < text.Length && piece.LastIndexOf(' ') is var space and > 0)
            {
                piece = piece[..space];
            }

            yield return piece;
            text = text[piece.Length..].TrimStart();
        }
    }

    /// <summary>Character by character with breaks, groups apart: "C as in Charlie", "C de Carmen", then digits (measured: breaks of 300 ms help most).</summary>
    public static ImmutableArray<object> Spelled(string value, Language language = Language.En)
    {
        var parts = ImmutableArray.CreateBuilder<object>();
        foreach (var (group, index) in Twiml.Clean(value).Split((char[])[' ', '-'], StringSplitOptions.RemoveEmptyEntries).Select((group, index) => (group, index)))
        {
            if (index > 0)
            {
                parts.Add(Break(BetweenGroups));
            }

            foreach (var (character, at) in group.EnumerateRunes().Select((character, at) => (character, at)))
            {
                if (at > 0)
                {
                    parts.Add(Break(BetweenCharacters));
                }

                parts.Add(character switch
                {
                    { IsAscii: true } when char.IsAsciiDigit((char)character.Value) => new XElement("say-as", new XAttribute("interpret-as", "digits"), character.ToString()),
                    { IsAscii: true } when char.IsAsciiLetter((char)character.Value) => Letter(char.ToUpperInvariant((char)character.Value), language),
                    _ => new XText($"{character} "),
                });
            }
        }

        return parts.ToImmutable();
    }

    static XText Letter(char letter, Language language) => new(language switch
    {
        Language.En => $"{letter} as in {Words[letter - 'A']}",
        Language.Es => $"{letter} de {SpanishWords[letter - 'A']}",
        _ => throw new System.Diagnostics.UnreachableException(),
    });

    static XElement Break(string time) => new("break", new XAttribute("time", time));

    static readonly ImmutableArray<string> Words =
    [
        "Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliet", "Kilo", "Lima", "Mike",
        "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey", "X-ray", "Yankee", "Zulu",
    ];

    static readonly ImmutableArray<string> SpanishWords =
    [
        "Antonio", "Bolivia", "Carmen", "Dolores", "España", "Francia", "Gloria", "hotel", "Inés", "José", "kilo", "Lorenzo", "María",
        "Navidad", "Óscar", "Pedro", "queso", "Ramón", "sábado", "Teresa", "uva", "Víctor", "Washington", "xilófono", "Yolanda", "zapato",
    ];

    [GeneratedRegex(@"\b(?:OPM|SSA|USB|MFA|PIN|ID|SMS)\b", RegexOptions.NonBacktracking)]
    private static partial Regex Abbreviation();

    [GeneratedRegex(@"[*_#\[\]<>“”""]+|\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Marks();
}
