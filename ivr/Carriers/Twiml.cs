using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace SupportBot.Ivr.Carriers;

/// <summary>TwiML documents: <c>text/xml</c>, characters that XML forbids removed.</summary>
public static class Twiml
{
    public const string ContentType = "text/xml; charset=utf-8";

    static readonly XmlWriterSettings settings = new() { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), OmitXmlDeclaration = true };

    /// <summary>The document with the given verbs.</summary>
    public static string Document(params IEnumerable<object> verbs)
    {
        var text = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        using (var writer = XmlWriter.Create(text, settings))
        {
            new XElement("Response", verbs).WriteTo(writer);
        }

        return text.ToString();
    }

    public static string Empty { get; } = Document();

    /// <summary>The text without control characters (tab and line breaks stay), byte order marks and halves of surrogate pairs.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune != Rune.ReplacementChar && XmlConvert.IsXmlChar((char)Math.Min(rune.Value, 0xD7FF)) && rune.Value is not (0xFEFF or 0xFFFE or 0xFFFF or (>= 0x7F and <= 0x9F)))
            {
                clean.Append(rune.ToString());
            }
        }

        return clean.ToString();
    }

    /// <summary>The beginning of a text, without half a surrogate pair at its end.</summary>
    public static string Start(string text, int mostCharacters) =>
        text.Length <= mostCharacters ? text : text[..(char.IsHighSurrogate(text[mostCharacters - 1]) ? mostCharacters - 1 : mostCharacters)];

    public static IResult Answer(string document) => Results.Text(document, ContentType);
}
