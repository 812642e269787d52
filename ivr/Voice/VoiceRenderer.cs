using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;
using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Ivr.Voice;

/// <summary>Reply → TwiML. Every prompt stands inside a Gather that takes speech and one key, and posts even when nothing came.</summary>
/// <param name="library">For recognition hints.</param>
/// <param name="number">Number of the turn being answered; the next one is in the action's path.</param>
/// <param name="transferTo">Number or SIP address of the help desk; empty when calls are not put through.</param>
/// <param name="pathBase">Path under which the carrier reaches us, such as <c>/phone</c>; empty when it has none.</param>
public sealed class VoiceRenderer(ContentLibrary library, int number, string transferTo, string pathBase = "") : IReplyRenderer
{
    const int SilenceSeconds = 7;
    const int PatientSilenceSeconds = 60;
    const int RingSeconds = 30;
    const int MostHints = 200;
    const int MostHintCharacters = 100;

    /// <summary>A Polly voice refuses more than 3,000 in one Say (13521).</summary>
    const int MostSpokenCharacters = 2_500;

    public Rendering Render(Turn turn, ImmutableArray<TranscriptEntry> entries) => new(Document(turn.State, turn.Reply), []);

    /// <summary>The document for a reply in a conversation's language and pace.</summary>
    public string Document(Conversation state, Reply reply)
    {
        var said = reply.Messages.SelectMany(message => Say(message, state)).ToImmutableArray<object>();
        return reply.End switch
        {
            ReplyEnd.Listen listen => Twiml.Document(Gather(state, reply, listen, said)),
            ReplyEnd.HangUp => Twiml.Document(said.Append(new XElement("Hangup"))),
            ReplyEnd.Transfer => Twiml.Document(said.Append(Dial())),
            _ => throw new UnreachableException(),
        };
    }

    XElement Gather(Conversation state, Reply reply, ReplyEnd.Listen listen, ImmutableArray<object> said) => new(
        "Gather",
        new XAttribute("input", "dtmf speech"),
        new XAttribute("action", string.Create(CultureInfo.InvariantCulture, $"{pathBase}/twilio/voice/turn/{number + 1}")),
        new XAttribute("method", "POST"),
        new XAttribute("numDigits", 1),
        new XAttribute("finishOnKey", ""),
        new XAttribute("timeout", listen.Patient ? PatientSilenceSeconds : SilenceSeconds),
        new XAttribute("speechTimeout", "auto"),
        new XAttribute("language", Locale(state.Language)),
        Hints(state.Language, reply) is { Length: > 0 } hints ? new XAttribute("hints", hints) : null,
        new XAttribute("profanityFilter", "false"),
        new XAttribute("actionOnEmptyResult", "true"),
        said);

    /// <summary>One Say a message; more where a voice would refuse the length, none where nothing would be heard.</summary>
    static IEnumerable<XElement> Say(Message message, Conversation state)
    {
        var language = message.Language ?? state.Language;
        var parts = message.Spans.SelectMany(span => span switch
        {
            Span.Text text => SpokenText.Pieces(SpokenText.Of(text.Value, language), MostSpokenCharacters).Select(piece => (object)new XText(piece + " ")),
            Span.Spelled spelled => SpokenText.Spelled(spelled.Value, language),
            _ => throw new UnreachableException(),
        });
        for (var rest = parts.ToList(); rest.Count > 0;)
        {
            var length = 0;
            var fitting = Math.Max(1, rest.TakeWhile(part => (length += LengthOf(part)) <= MostSpokenCharacters).Count());
            yield return Say(rest[..fitting], language, state.Slowness);
            rest = rest[fitting..];
        }
    }

    static XElement Say(IEnumerable<object> parts, Language language, int slowness) => new(
        "Say",
        new XAttribute("voice", language == Language.Es ? "Polly.Lupe-Neural" : "Polly.Joanna-Neural"),
        new XAttribute("language", Locale(language)),
        slowness == 0 ? parts : new XElement("prosody", new XAttribute("rate", slowness == 1 ? "slow" : "x-slow"), parts));

    static int LengthOf(object part) => part switch
    {
        XText text => text.Value.Length,
        XElement element => element.Value.Length,
        _ => throw new UnreachableException(),
    };

    XElement Dial() => new(
        "Dial",
        new XAttribute("action", string.Create(CultureInfo.InvariantCulture, $"{pathBase}/twilio/voice/transfer/{number + 1}")),
        new XAttribute("method", "POST"),
        new XAttribute("timeout", RingSeconds),
        new XAttribute("answerOnBridge", "true"),
        Party(transferTo));

    /// <summary>Whom a Dial calls: a number in any usual form, else a SIP address.</summary>
    internal static XElement Party(string transferTo) =>
        PhoneNumber.TryParse(transferTo, out var desk) ? new("Number", desk.Value) : new("Sip", transferTo);

    /// <summary>What a recogniser should expect: first what may be picked now, by its words and its number, then the words of the domain.</summary>
    string Hints(Language language, Reply reply) => string.Join(", ", reply.Choices.Select(choice => SpokenText.Of(choice.Title, language))
        .Concat(reply.Choices.Select(choice => NumberWords(language).ElementAtOrDefault(choice.Number - 1) ?? ""))
        .Concat(library[language].Lexicon.Hints)
        .Select(hint => hint.Replace(',', ' ').Trim())
        .Where(hint => hint.Length is > 0 and <= MostHintCharacters)
        .Distinct(StringComparer.OrdinalIgnoreCase)
        .Take(MostHints));

    static ImmutableArray<string> NumberWords(Language language) => language == Language.Es ? ["uno", "dos", "tres", "cuatro"] : ["one", "two", "three", "four"];

    /// <summary>The tag for recognition and voice.</summary>
    public static string Locale(Language language) => language == Language.Es ? "es-US" : "en-US";
}
