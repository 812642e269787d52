using System.Xml.Linq;
using Microsoft.Extensions.Options;
using SupportBot.Ivr.Voice;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Ivr.Carriers;

/// <summary>The answer when we failed: spoken and put through to a person on the phone, one sentence in a text.</summary>
/// <remarks>A carrier word is answered with nothing: the carrier has carried it out itself, and a text now could be one too many.</remarks>
public sealed class Apology(EngineSource engines, IOptions<HelpDeskOptions> helpDesk)
{
    public IResult For(HttpContext http)
    {
        var wording = engines.Current.Library[Language.En].Prompts[Prompts.Apology];
        if (http.Request.Path.StartsWithSegments("/twilio/voice", StringComparison.Ordinal))
        {
            var said = new XElement("Say", new XAttribute("voice", "Polly.Joanna-Neural"), new XAttribute("language", "en-US"), wording.Spoken);
            var to = helpDesk.Value.TransferTo;
            return Twiml.Answer(to.Length == 0
                ? Twiml.Document(said, new XElement("Hangup"))
                : Twiml.Document(said, new XElement("Dial", VoiceRenderer.Party(to))));
        }

        if (http.Request.Path.StartsWithSegments("/twilio/sms", StringComparison.Ordinal)
            && Router.CarrierWord(Normalizer.Fold(TwilioWebhook.FormOf(http)["Body"]), Channel.Sms) is null)
        {
            return Twiml.Answer(Twiml.Document(new XElement("Message", Gsm7.Fold(wording.Text, out _))));
        }

        return Twiml.Answer(Twiml.Empty);
    }
}
