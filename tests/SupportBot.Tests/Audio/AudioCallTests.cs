using System.Globalization;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Audio;

/// <summary>
/// Calls with real audio both ways: our prompts and the callers' words are spoken, go over a noisy phone line and are heard by a recogniser. The table and what was
/// heard are left in <c>TestResults/audio-calls.md</c>. With <c>TEST_FULL=1</c> every script in two voices, else three in one.
/// </summary>
[Trait("category", "audio")]
public sealed class AudioCallTests
{
    /// <summary>Speech over noise in decibels, at both ends.</summary>
    const double Ratio = 20;

    const double Bar = 0.8;

    static readonly Voice[] voices = [new("en-us+m1", 130), new("en-us+f2", 130)];

    /// <summary>Played in the normal run.</summary>
    static readonly string[] brief = ["help-desk", "landline", "keys-only"];

    static string Folder => Path.Combine(AppContext.BaseDirectory, "Audio", "Scripts");

    internal static bool IsFull => Environment.GetEnvironmentVariable("TEST_FULL") == "1";

    [Fact]
    public async Task At_least_eight_of_ten_callers_reach_their_goal_over_a_noisy_line()
    {
        var scripts = Directory.EnumerateFiles(Folder, "*.call").Order(StringComparer.Ordinal).Select(CallScript.Read).Where(script => IsFull || brief.Contains(script.Name, StringComparer.Ordinal)).ToList();
        var ear = CallerEar.For(BotApplication.Shipped.Library);
        var outcomes = new List<CallOutcome>();
        foreach (var script in scripts)
        {
            await using var application = await BotApplication.StartAsync(Engine.Sqlite, [.. script.Settings]);
            var runner = new CallRunner(application, ear, Ratio);
            foreach (var (index, voice) in voices.Take(IsFull ? voices.Length : 1).Index())
            {
                outcomes.Add(await runner.PlayAsync(script, voice, string.Create(CultureInfo.InvariantCulture, $"+1202555013{index}"), TestContext.Current.CancellationToken));
            }
        }

        var table = Table(outcomes);
        Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "TestResults"));
        await System.IO.File.WriteAllTextAsync(Path.Combine(AppContext.BaseDirectory, "TestResults", "audio-calls.md"), table, TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine(table);

        Assert.True(scripts.Count >= (IsFull ? 10 : brief.Length));
        Assert.True(outcomes.Count(outcome => outcome.Failure is null) >= Bar * outcomes.Count, table);
    }

    static string Table(List<CallOutcome> outcomes) => string.Join('\n',
    [
        string.Create(CultureInfo.InvariantCulture, $"{outcomes.Count(outcome => outcome.Failure is null)} of {outcomes.Count} calls reached their goal at {Ratio} dB."),
        "", "| script | voice | goal | turns | seconds | why |", "|---|---|---|---|---|---|", .. outcomes.Select(outcome => outcome.ToString()),
        .. outcomes.SelectMany(outcome => (string[])["", $"{outcome.Script}, {outcome.Voice}:", "", .. outcome.Log.Select(line => $"    {line}")]), "",
    ]);
}
