using System.Globalization;
using System.Xml.Linq;
using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Passcodes;

namespace SupportBot.Ivr.Voice;

/// <summary>The call that reads a code: <c>/twilio/voice/passcode/{attempt}</c>, then <c>/turn/{n}</c>.</summary>
public static class PasscodeCallApi
{
    public static void MapPasscodeCalls(this RouteGroupBuilder voice)
    {
        voice.MapPost("/passcode/{attempt}", (HttpContext http, string attempt, PasscodeCall call) => call.BeginAsync(http, attempt));
        voice.MapPost("/passcode/{attempt}/turn/{n}", (HttpContext http, string attempt, string n, PasscodeCall call) => call.TurnAsync(http, attempt, n));
    }
}

/// <summary>
/// Says who calls and why, waits for a key, reads the code, and reads it again on request. The state is in the path, so a repeated webhook hears the same.
/// The words go out in this answer and nowhere else: no transcript, no log.
/// </summary>
public sealed class PasscodeCall(DeliveryStore deliveries, PasscodeStore passcodes, EngineSource engines, PublicUrl publicUrl, TimeProvider time)
{
    const int MostRepeats = 5;
    const int KeySeconds = 10;
    const int PauseSeconds = 1;

    public async Task<IResult> BeginAsync(HttpContext http, string attempt)
    {
        // Twilio, AnsweredBy with MachineDetection=Enable: human, machine_start, fax, unknown. A machine hears nothing at all.
        var answeredBy = TwilioWebhook.FormOf(http)["AnsweredBy"];
        if (answeredBy.StartsWith("machine", StringComparison.Ordinal) || answeredBy == "fax")
        {
            return HangUp();
        }

        if (await passcodes.CallAsync(attempt, time.GetUtcNow(), http.RequestAborted) is not { } code)
        {
            return Over(Language.En);
        }

        var pack = engines.Current.Library[code.Language];
        return Twiml.Answer(Twiml.Document(
            Gather(attempt, 1, pack.Language, Say(pack.Language, PasscodeWording.CallIntroduction(pack, code.Kind))),
            new XElement("Hangup")));
    }

    public async Task<IResult> TurnAsync(HttpContext http, string attempt, string n)
    {
        var turn = int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var keys = TwilioWebhook.FormOf(http)["Digits"].Trim();
        if (turn < 1 || keys.Length == 0)
        {
            return HangUp();
        }

        if (await passcodes.CallAsync(attempt, time.GetUtcNow(), http.RequestAborted) is not { } code)
        {
            return Over(Language.En);
        }

        var pack = engines.Current.Library[code.Language];
        if (turn > 1 + MostRepeats || (turn > 1 && keys != "1"))
        {
            return Twiml.Answer(Twiml.Document(Say(pack.Language, pack.Prompts[Prompts.PasscodeCallGoodbye].Spoken), new XElement("Hangup")));
        }

        if (passcodes.Read(code) is not { } digits)
        {
            return Over(pack.Language);
        }

        if (turn == 1)
        {
            await deliveries.RecordAsync(attempt, DeliveryState.Delivered, carrierSid: null, errorCode: null, time.GetUtcNow(), http.RequestAborted);
        }

        var grouped = Grouped(digits);
        var verbs = new List<object>();
        if (turn == 1)
        {
            verbs.Add(Say(pack.Language, new PasscodeWording(pack, code, digits).CallCode));
        }

        verbs.AddRange([Say(pack.Language, SpokenText.Spelled(grouped, pack.Language)), new XElement("Pause", new XAttribute("length", PauseSeconds)), Say(pack.Language, SpokenText.Spelled(grouped, pack.Language))]);
        if (turn <= MostRepeats)
        {
            verbs.Add(Gather(attempt, turn + 1, pack.Language, Say(pack.Language, pack.Prompts[Prompts.PasscodeCallAgain].Spoken)));
        }

        return Twiml.Answer(Twiml.Document([.. verbs, Say(pack.Language, pack.Prompts[Prompts.PasscodeCallGoodbye].Spoken), new XElement("Hangup")]));
    }

    /// <summary>The code as it is heard: letters apart, six digits as three and three, seven as three and four.</summary>
    internal static string Grouped(string code)
    {
        var letters = code.TakeWhile(char.IsAsciiLetter).Count();
        var digits = code[letters..];
        var groups = new List<string>();
        if (letters > 0)
        {
            groups.Add(code[..letters]);
        }

        while (digits.Length > 4)
        {
            groups.Add(digits[..3]);
            digits = digits[3..];
        }

        return string.Join(' ', groups.Append(digits));
    }

    IResult Over(Language language)
    {
        var pack = engines.Current.Library[language];
        return Twiml.Answer(Twiml.Document(Say(pack.Language, pack.Prompts[Prompts.PasscodeCallOver].Spoken), new XElement("Hangup")));
    }

    static IResult HangUp() => Twiml.Answer(Twiml.Document(new XElement("Hangup")));

    XElement Gather(string attempt, int turn, Language language, XElement said) => new(
        "Gather",
        new XAttribute("input", "dtmf"),
        new XAttribute("action", string.Create(CultureInfo.InvariantCulture, $"{publicUrl.PathBase}/twilio/voice/passcode/{Uri.EscapeDataString(attempt)}/turn/{turn}")),
        new XAttribute("method", "POST"),
        new XAttribute("numDigits", 1),
        new XAttribute("finishOnKey", ""),
        new XAttribute("timeout", KeySeconds),
        new XAttribute("language", VoiceRenderer.Locale(language)),
        said);

    static XElement Say(Language language, string text) => Say(language, [SpokenText.Of(text, language)]);

    static XElement Say(Language language, IEnumerable<object> parts) => new(
        "Say",
        new XAttribute("voice", language == Language.Es ? "Polly.Lupe-Neural" : "Polly.Joanna-Neural"),
        new XAttribute("language", VoiceRenderer.Locale(language)),
        parts);
}
