using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace SupportBot.Tests.Audio;

/// <summary>What a carrier would play of TwiML: verbs in order, their speech markup obeyed.</summary>
static class SpokenTwiml
{
    static readonly Voice english = new("en-us");
    static readonly Voice spanish = new("es-419");

    /// <summary>One Say as it leaves the carrier's voice; null when nothing is heard.</summary>
    internal static async Task<Sound?> SayAsync(XElement say, CancellationToken cancellationToken) =>
        await PartsAsync(say, cancellationToken) is { Count: > 0 } sounds ? Sound.Joined(sounds) : null;

    internal static bool IsSpanish(XElement say) => say.Attribute("language")?.Value.StartsWith("es", StringComparison.Ordinal) == true;

    static async Task<List<Sound>> PartsAsync(XElement say, CancellationToken cancellationToken)
    {
        var voice = IsSpanish(say) ? spanish : english;
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
