using System.Collections.Immutable;
using System.Net;
using System.Xml.Linq;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Audio;

/// <summary>The carrier's side of one call: posts signed webhooks, plays what is answered, hears the caller with the hints of the Gather.</summary>
/// <param name="name">Seeds the noise.</param>
sealed class PhoneCall(BotApplication application, string name, string from, double ratio)
{
    const string Ours = "+12025550100";

    string? next;
    string hints = "";
    ulong seed = name.Aggregate(14695981039346656037UL, (hash, letter) => unchecked((hash ^ letter) * 1099511628211UL));

    /// <summary>Name of the call, and of its conversation.</summary>
    internal string Sid { get; } = BotApplication.NewSid("CA");

    internal bool IsOver => next is null;

    /// <summary>How the last document ended: <c>Gather</c>, <c>Dial</c> or <c>Hangup</c>.</summary>
    internal string End { get; private set; } = "";

    /// <summary>The language that the last words were spoken in.</summary>
    internal string Language { get; private set; } = "";

    internal int Turns { get; private set; }

    internal Task<ImmutableArray<Sound>> DialAsync(CancellationToken cancellationToken) => PostAsync("/twilio/voice/incoming", "ringing", [], cancellationToken);

    internal Task<ImmutableArray<Sound>> KeyAsync(string keys, CancellationToken cancellationToken) => PostAsync(next!, "in-progress", [("Digits", keys)], cancellationToken);

    internal Task<ImmutableArray<Sound>> StaySilentAsync(CancellationToken cancellationToken) => PostAsync(next!, "in-progress", [], cancellationToken);

    /// <summary>Speech over the line; the second value is what was heard of it.</summary>
    internal async Task<(ImmutableArray<Sound> Answer, string Heard)> SayAsync(string words, Voice voice, CancellationToken cancellationToken)
    {
        var sound = await AudioLine.CarryAsync(await AudioLine.SpeakAsync(words, voice, cancellationToken), ratio, seed++, cancellationToken);
        var heard = await AudioLine.HearAsync(sound, HintGrammar.Of(hints), cancellationToken);

        // The recogniser gives no confidence; carriers send 0.0 when they know none.
        return (await PostAsync(next!, "in-progress", heard.Length == 0 ? [] : [("SpeechResult", heard), ("Confidence", "0.0")], cancellationToken), heard);
    }

    async Task<ImmutableArray<Sound>> PostAsync(string path, string status, (string Name, string Value)[] parameters, CancellationToken cancellationToken)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["CallSid"] = Sid,
            ["AccountSid"] = "AC00000000000000000000000000000000",
            ["From"] = from,
            ["To"] = Ours,
            ["CallStatus"] = status,
            ["Direction"] = "inbound",
        };
        foreach (var (parameter, value) in parameters)
        {
            form[parameter] = value;
        }

        Turns++;
        using var answer = await application.PostSignedAsync(path, form);
        var body = await answer.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path} answered {(int)answer.StatusCode}: {body}");
        return await PlayAsync(path, XDocument.Parse(body).Root!, cancellationToken);
    }

    /// <summary>What the document sounds like at the caller's end, each Say by itself, up to where it waits or ends.</summary>
    async Task<ImmutableArray<Sound>> PlayAsync(string path, XElement response, CancellationToken cancellationToken)
    {
        var last = response.Elements().FirstOrDefault(verb => verb.Name.LocalName is "Gather" or "Dial" or "Hangup");
        End = last?.Name.LocalName ?? "Hangup";
        next = End == "Gather" ? last!.Attribute("action")?.Value ?? path : null;
        hints = last?.Attribute("hints")?.Value ?? "";
        List<XElement> speaking = [.. response.Elements().TakeWhile(verb => verb != last), .. last?.Elements() ?? []];
        Language = speaking.LastOrDefault(verb => verb.Name == "Say")?.Attribute("language")?.Value ?? Language;

        // The recogniser knows no Spanish; what is said in it is spoken all the same.
        var heard = ImmutableArray.CreateBuilder<Sound>();
        foreach (var say in speaking.Where(verb => verb.Name.LocalName == "Say"))
        {
            if (await SpokenTwiml.SayAsync(say, cancellationToken) is { } said && !SpokenTwiml.IsSpanish(say))
            {
                heard.Add(await AudioLine.CarryAsync(said, ratio, Seed(said), cancellationToken));
            }
        }

        return heard.ToImmutable();
    }

    /// <summary>The same prompt meets the same noise, so that it needs to be heard once only.</summary>
    static ulong Seed(Sound sound) => (ulong)sound.Samples.Length;
}
