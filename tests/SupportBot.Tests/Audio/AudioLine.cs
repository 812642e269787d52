using System.Globalization;
using System.Text.RegularExpressions;

namespace SupportBot.Tests.Audio;

/// <summary>A voice of espeak-ng.</summary>
/// <param name="Name">As espeak-ng knows it: <c>en-us+f3</c>.</param>
/// <param name="WordsPerMinute">How fast it speaks.</param>
sealed record Voice(string Name, int WordsPerMinute = 150);

/// <summary>A phone line: a voice at one end, G.711 at 8 kHz between, a recogniser at the other. The same call sounds the same in every run.</summary>
static partial class AudioLine
{
    const int LineRate = 8_000;
    const int RecogniserRate = 16_000;
    const string Quiet = "0.35";

    /// <summary>The recogniser uses a whole processor: one at a time.</summary>
    static readonly SemaphoreSlim recogniser = new(1, 1);

    /// <summary>Speech as a microphone takes it.</summary>
    internal static async Task<Sound> SpeakAsync(string text, Voice voice, CancellationToken cancellationToken)
    {
        var wav = await Tool.RunAsync(
            "espeak-ng", ["-v", voice.Name, "-s", voice.WordsPerMinute.ToString(CultureInfo.InvariantCulture), "-z", "--stdout", "--", text], default, cancellationToken);
        return Sound.OfWav(wav);
    }

    /// <summary>What of it goes through a phone: 300 to 3,400 Hz, a little quiet before and after.</summary>
    internal static async Task<Sound> PhoneBandAsync(Sound sound, CancellationToken cancellationToken) => Sound.OfRaw(
        await Tool.RunAsync(
            "sox",
            ["-V1", .. Raw(sound.SamplesPerSecond, "signed", 16), "-", .. Raw(LineRate, "signed", 16), "-", "norm", "-6", "sinc", "-n", "127", "300-3400", "pad", Quiet, Quiet],
            sound.ToRaw(),
            cancellationToken),
        LineRate);

    /// <summary>Through the line's codec (mu-law, 8 bits) and up to the recogniser's rate.</summary>
    internal static async Task<Sound> CodedAsync(Sound sound, CancellationToken cancellationToken)
    {
        var coded = await Tool.RunAsync(
            "sox", ["-V1", "-D", .. Raw(sound.SamplesPerSecond, "signed", 16), "-", .. Raw(LineRate, "mu-law", 8), "-"], sound.ToRaw(), cancellationToken);
        return Sound.OfRaw(
            await Tool.RunAsync("sox", ["-V1", "-D", .. Raw(LineRate, "mu-law", 8), "-", .. Raw(RecogniserRate, "signed", 16), "-"], coded, cancellationToken), RecogniserRate);
    }

    /// <summary>The whole way of a sound from one end to the other.</summary>
    /// <param name="sound">What was said.</param>
    /// <param name="ratio">Speech over noise in decibels.</param>
    /// <param name="seed">Of the noise.</param>
    internal static async Task<Sound> CarryAsync(Sound sound, double ratio, ulong seed, CancellationToken cancellationToken) =>
        await CodedAsync((await PhoneBandAsync(sound, cancellationToken)).WithNoise(ratio, seed), cancellationToken);

    /// <summary>What a recogniser makes of a sound, in lower case; empty when it makes nothing of it.</summary>
    internal static async Task<string> HearAsync(Sound sound, Listening listening, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Pronunciations.Model))
        {
            throw new InvalidOperationException($"{Pronunciations.Model} is missing. Run the tests with tests/run, or as root: apt-get install pocketsphinx-en-us");
        }

        var folder = Directory.CreateTempSubdirectory("supportbot-audio-").FullName;
        await recogniser.WaitAsync(cancellationToken);
        try
        {
            string File(string name) => Path.Combine(folder, name);
            await System.IO.File.WriteAllBytesAsync(File("said.wav"), sound.ToWav(), cancellationToken);
            await System.IO.File.WriteAllTextAsync(File("list"), "said\n", cancellationToken);
            await System.IO.File.WriteAllTextAsync(File("words.dict"), await Pronunciations.OfAsync(listening.Words, cancellationToken), cancellationToken);
            await System.IO.File.WriteAllTextAsync(File("model"), listening.Model, cancellationToken);
            await Tool.RunAsync(
                "nice",
                [
                    "pocketsphinx_batch", "-hmm", Path.Combine(Pronunciations.Model, "en-us"), "-dict", File("words.dict"), listening.Option, File("model"),
                    "-adcin", "yes", "-adchdr", "44", "-cepdir", folder, "-cepext", ".wav", "-ctl", File("list"), "-hyp", File("heard"), "-logfn", File("log"),
                    "-cmn", "batch", .. listening.Settings,
                ],
                default,
                cancellationToken);
            return System.IO.File.Exists(File("heard"))
                ? Score().Replace(await System.IO.File.ReadAllTextAsync(File("heard"), cancellationToken), "").Trim()
                : throw new InvalidOperationException($"pocketsphinx_batch wrote nothing:\n{await System.IO.File.ReadAllTextAsync(File("log"), cancellationToken)}");
        }
        finally
        {
            recogniser.Release();
            Directory.Delete(folder, recursive: true);
        }
    }

    static string[] Raw(int rate, string encoding, int bits) =>
        ["-t", "raw", "-r", rate.ToString(CultureInfo.InvariantCulture), "-e", encoding, "-b", bits.ToString(CultureInfo.InvariantCulture), "-c", "1"];

    /// <summary>File and score that stand after what was heard.</summary>
    [GeneratedRegex(@"\(said -?\d+\)\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex Score();
}

/// <summary>What a recogniser expects to hear.</summary>
/// <param name="Option">How pocketsphinx calls the kind of model.</param>
/// <param name="Model">The model's text.</param>
/// <param name="Words">All its words.</param>
/// <param name="Settings">Further options of pocketsphinx.</param>
sealed record Listening(string Option, string Model, IReadOnlyCollection<string> Words, IReadOnlyList<string> Settings)
{
    /// <summary>Exactly what a JSGF grammar allows, the nearest of it whatever was said.</summary>
    internal static Listening ForGrammar(string rules, IReadOnlyCollection<string> words, params string[] settings) => new(
        "-jsgf", $"#JSGF V1.0;\ngrammar heard;\n{rules}\n", words, ["-beam", "1e-80", "-wbeam", "1e-60", "-pbeam", "1e-80", .. settings]);

    /// <summary>Speech in the manner of some texts.</summary>
    internal static Listening ForTexts(IReadOnlyCollection<IReadOnlyList<string>> texts) => new(
        "-lm", Trigrams.Of(texts), [.. texts.SelectMany(text => text).Distinct(StringComparer.Ordinal)], ["-lw", "12", "-beam", "1e-60", "-wbeam", "1e-40", "-pbeam", "1e-60"]);
}
