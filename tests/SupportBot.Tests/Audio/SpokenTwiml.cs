using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace SupportBot.Tests.Audio;

/// <summary>What a carrier would play of TwiML: verbs in order, their speech markup obeyed.</summary>
static class SpokenTwiml
{
    /// <summary>Between two verbs that speak.</summary>
    static readonly TimeSpan breath = TimeSpan.FromMilliseconds(250);

    static readonly Voice english = new("en-us");
    static readonly Voice spanish = new("es-419");

    /// <summary>Everything that the verbs say, as it leaves the carrier's voice.</summary>
    internal static async Task<Sound?> SayAsync(IEnumerable<XElement> verbs, CancellationToken cancellationToken)
    {
        var sounds = new List<Sound>();
        foreach (var verb in verbs)
        {
            switch (verb.Name.LocalName)
            {
                case "Say":
                    sounds.AddRange(await SayAsync(verb, cancellationToken));
                    break;
                case "Pause" when sounds is [var first, ..]:
                    sounds.Add(Sound.Silence(TimeSpan.FromSeconds((int?)verb.Attribute("length") ?? 1), first.SamplesPerSecond));
                    break;
                default:
                    break;
            }

            if (sounds is [.., var last])
            {
                sounds.Add(Sound.Silence(breath, last.SamplesPerSecond));
            }
        }

        return sounds.Count == 0 ? null : Sound.Joined(sounds);
    }

    static async Task<List<Sound>> SayAsync(XElement say, CancellationToken cancellationToken)
    {
        var voice = say.Attribute("language")?.Value.StartsWith("es", StringComparison.Ordinal) == true ? spanish : english;
        var sounds = new List<Sound>();
        var text = new StringBuilder();
        await WalkAsync(say, voice);
        await SpeakAsync(voice);
        return sounds;

        async Task WalkAsync(XElement element, Voice speaking)
        {
            foreach (var node in element.Nodes())
            {
                switch (node)
                {
                    case XText words:
                        text.Append(words.Value);
                        break;
                    case XElement { Name.LocalName: "break" } pause:
                        await SpeakAsync(speaking);
                        if (sounds is [.., var last])
                        {
                            sounds.Add(Sound.Silence(LengthOf(pause.Attribute("time")!.Value), last.SamplesPerSecond));
                        }

                        break;
                    case XElement { Name.LocalName: "say-as" } digits:
                        // espeak-ng would read a number.
                        text.Append(CultureInfo.InvariantCulture, $" {string.Join(' ', digits.Value.ToCharArray())} ");
                        break;
                    case XElement { Name.LocalName: "prosody" } prosody:
                        await SpeakAsync(speaking);
                        var slower = speaking with { WordsPerMinute = prosody.Attribute("rate")?.Value == "x-slow" ? 90 : 120 };
                        await WalkAsync(prosody, slower);
                        await SpeakAsync(slower);
                        break;
                    default:
                        Assert.Fail($"Nobody knows how this sounds: {node}");
                        break;
                }
            }
        }

        async Task SpeakAsync(Voice speaking)
        {
            if (text.ToString().Any(char.IsLetterOrDigit))
            {
                sounds.Add(await AudioLine.SpeakAsync(text.ToString().Trim(), speaking, cancellationToken));
            }

            text.Clear();
        }
    }

    /// <summary><c>300ms</c> or <c>2s</c>.</summary>
    static TimeSpan LengthOf(string time) => time.EndsWith("ms", StringComparison.Ordinal)
        ? TimeSpan.FromMilliseconds(double.Parse(time[..^2], CultureInfo.InvariantCulture))
        : TimeSpan.FromSeconds(double.Parse(time[..^1], CultureInfo.InvariantCulture));
}
