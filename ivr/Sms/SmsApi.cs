using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Xml.Linq;
using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Secrets;

namespace SupportBot.Ivr.Sms;

/// <summary>Inbound texts: <c>/twilio/sms/incoming</c>. One thread per person's number, whichever of our numbers they write to.</summary>
public static class SmsApi
{
    public static void MapSms(this RouteGroupBuilder twilio)
    {
        twilio.MapPost("/sms/incoming", (HttpContext http, SmsTurns turns) => turns.RunAsync(http));

        // Where the carrier goes when the other failed it. A STOP that was lost this way is kept by the carrier, and comes back to us as 21610.
        twilio.MapPost("/sms/fallback", (HttpContext http, Apology apology) => apology.For(http));
    }
}

/// <summary>A text → one turn → at most one text back.</summary>
public sealed class SmsTurns(TurnRunner runner, SecretKeys secrets, CalledNumbers called, OptOutHold hold)
{
    public async Task<IResult> RunAsync(HttpContext http)
    {
        var form = TwilioWebhook.FormOf(http);
        PhoneNumber? contact = PhoneNumber.TryParse(form["From"], out var from) ? from : null;
        PhoneNumber? ours = PhoneNumber.TryParse(form["To"], out var to) ? to : null;
        var message = form.FirstOf("MessageSid", "SmsMessageSid", "SmsSid") is { Length: > 0 and <= 64 } sid ? sid : "unnamed-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var thread = contact is { } number ? "sms-" + secrets.Fingerprint(number) : "sms-" + message;
        var body = form["Body"].Trim();
        TurnInput input = form["OptOutType"] switch
        {
            "STOP" => new TurnInput.CarrierKeyword(CarrierKeywordKind.Stop, body),
            "START" => new TurnInput.CarrierKeyword(CarrierKeywordKind.Start, body),
            "HELP" => new TurnInput.CarrierKeyword(CarrierKeywordKind.Help, body),
            _ => new TurnInput.Said(body),
        };
        var document = await runner.RunAsync(
            new($"sms/{message}", new(thread), Channel.Sms, input, contact, ours, Agency: called.AgencyOf(ours), State: form["FromState"]),
            SmsRenderer.Instance,
            http.RequestAborted);
        if (contact is { } person)
        {
            await hold.WaitAsync(secrets.Fingerprint(person), http.RequestAborted);
        }

        return Twiml.Answer(document);
    }
}

/// <summary>Reply → one text in GSM-7, or an empty document.</summary>
public sealed class SmsRenderer : IReplyRenderer
{
    /// <summary>Twilio refuses longer bodies (21617).</summary>
    const int MostCharacters = 1_600;

    SmsRenderer()
    {
    }

    public static SmsRenderer Instance { get; } = new();

    public Rendering Render(Turn turn, ImmutableArray<TranscriptEntry> entries) => new(Document(turn.Reply), []);

    /// <summary>The document for a reply.</summary>
    public static string Document(Reply reply)
    {
        var text = Twiml.Clean(Gsm7.Fold(string.Join('\n', reply.Messages.Select(message => message.PlainText)), out _)).Trim();
        return text.Length == 0 ? Twiml.Empty : Twiml.Document(new XElement("Message", Twiml.Start(text, MostCharacters)));
    }
}
