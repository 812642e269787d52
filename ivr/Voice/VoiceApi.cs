using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Escalations;

namespace SupportBot.Ivr.Voice;

/// <summary>Phone calls: <c>/twilio/voice/…</c>. State is in the path, never in a query: the carrier re-orders queries.</summary>
public static class VoiceApi
{
    const int MostSpeechCharacters = 2_000;
    const int MostKeys = 64;

    public static void MapVoice(this RouteGroupBuilder twilio)
    {
        var voice = twilio.MapGroup("/voice");
        voice.MapPost("/incoming", (HttpContext http, VoiceTurns turns) => turns.RunAsync(http, 0, new TurnInput.Started()));
        voice.MapPost("/turn/{n}", (HttpContext http, string n, VoiceTurns turns) => turns.RunAsync(http, NumberOf(n), InputOf(TwilioWebhook.FormOf(http))));
        voice.MapPost("/transfer/{n}", (HttpContext http, string n, VoiceTurns turns) => TwilioWebhook.FormOf(http)["DialCallStatus"] == "completed"
            ? Task.FromResult(Twiml.Answer(Twiml.Document(new System.Xml.Linq.XElement("Hangup"))))
            : turns.RunAsync(http, NumberOf(n), new TurnInput.TransferFailed()));
        voice.MapPost("/ended", () => Twiml.Answer(Twiml.Empty));

        // Where the carrier goes when one of the others failed it.
        voice.MapPost("/fallback", (HttpContext http, Apology apology) => apology.For(http));
        voice.MapPasscodeCalls();
    }

    /// <summary>Keys win over speech that came late; neither is silence.</summary>
    static TurnInput InputOf(TwilioForm form)
    {
        if (form["Digits"].Trim() is { Length: > 0 } keys)
        {
            return new TurnInput.Keyed(Twiml.Start(keys, MostKeys));
        }

        var speech = form["SpeechResult"].Trim();
        return speech.Length == 0 ? new TurnInput.Silence() : new TurnInput.Said(Twiml.Start(speech, MostSpeechCharacters));
    }

    static int NumberOf(string n) => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 1_000_000 ? number : 1;
}

/// <summary>A webhook of a call → one turn → TwiML.</summary>
public sealed class VoiceTurns(TurnRunner runner, EngineSource engines, IOptions<HelpDeskOptions> helpDesk, CalledNumbers called, PublicUrl publicUrl)
{
    public async Task<IResult> RunAsync(HttpContext http, int turn, TurnInput input)
    {
        var form = TwilioWebhook.FormOf(http);
        PhoneNumber? contact = PhoneNumber.TryParse(form["From"], out var from) ? from : null;
        PhoneNumber? ours = PhoneNumber.TryParse(form["To"], out var to) ? to : null;

        // A call without its name cannot be followed: it is answered, each turn by itself.
        var call = form["CallSid"] is { Length: > 0 and <= 64 } sid ? sid : "unnamed-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var renderer = new VoiceRenderer(engines.Current.Library, turn, helpDesk.Value.TransferTo, publicUrl.PathBase);
        var step = input is TurnInput.TransferFailed ? "transfer/" : "";
        var document = await runner.RunAsync(
            new(
                string.Create(CultureInfo.InvariantCulture, $"voice/{call}/{step}{turn}"), new(call), Channel.Voice, input, contact, ours,
                Agency: called.AgencyOf(ours), State: form["FromState"]),
            renderer,
            http.RequestAborted);
        return Twiml.Answer(document);
    }
}
