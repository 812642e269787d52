using System.Globalization;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Journeys;

/// <summary>Replays every <c>.chat</c> file over HTTP on the real host.</summary>
public sealed class JourneyTests
{
    static readonly TimeSpan patience = TimeSpan.FromSeconds(20);

    static string Folder => Path.Combine(AppContext.BaseDirectory, "Journeys");

    public static TheoryData<string, Engine> Journeys
    {
        get
        {
            var rows = new TheoryData<string, Engine>();
            foreach (var path in Directory.EnumerateFiles(Folder, "*.chat").Order(StringComparer.Ordinal))
            {
                foreach (var engine in Journey.Read(path).Engines)
                {
                    rows.Add(Path.GetFileNameWithoutExtension(path), engine);
                }
            }

            return rows;
        }
    }

    [Theory, MemberData(nameof(Journeys))]
    public async Task A_journey_goes_as_written(string name, Engine engine)
    {
        var journey = Journey.Read(Path.Combine(Folder, $"{name}.chat"));
        await using var application = await BotApplication.StartAsync(engine, new ManualTime(journey.Start), journey.Settings);
        var line = Line.Of(journey.Channel, journey, application);
        var expectation = new Expectation();
        var carried = 0;
        var answer = await line.OpenAsync();

        foreach (var step in journey.Steps)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{name}.chat:{step.Line}");
            switch (step)
            {
                case Step.Said said:
                    answer = await line.SayAsync(expectation.Fill(said.Text));
                    break;
                case Step.Answered expected:
                    Assert.True(expectation.Fits(expected.Text, answer), $"{place}: expected\n{expected.Text}\nbut the answer was\n{answer}");
                    break;
                case Step.Carried expected:
                    var text = await NextCarriedAsync(application, journey.Contact, carried++);
                    Assert.True(text is not null, $"{place}: nothing more reached the carrier");
                    Assert.True(expectation.Fits(expected.Text, text), $"{place}: expected\n{expected.Text}\nbut this reached the carrier\n{text}");
                    break;
                case Step.Happened { Text: "restart" }:
                    await application.RestartAsync();

                    // The simulated carrier forgets with its process.
                    carried = 0;
                    break;
                case Step.Happened happened when happened.Text.Split(' ') is ["code", var kind, var channel]:
                    await IssueAsync(application, journey, kind, channel);
                    break;
                case Step.Happened happened when happened.Text.StartsWith("channel: ", StringComparison.Ordinal):
                    line = Line.Of(Enum.Parse<Knowledge.Conversations.Channel>(happened.Text[9..], ignoreCase: true), journey, application);
                    answer = await line.OpenAsync();
                    break;
                case Step.Happened happened when happened.Text.StartsWith("wait ", StringComparison.Ordinal):
                    application.Time.Advance(TimeSpan.Parse(happened.Text[5..], CultureInfo.InvariantCulture));
                    break;
                default:
                    Assert.Fail($"{place}: nobody knows this step");
                    break;
            }
        }

        Assert.True(carried == (await application.CarriedToAsync(journey.Contact)).Count, $"{name}.chat: more reached the carrier than the journey says");
    }

    [Fact]
    public void Every_channel_has_a_journey_of_six_turns_that_survives_a_restart()
    {
        var journeys = Directory.EnumerateFiles(Folder, "*.chat").Select(Journey.Read).ToList();

        Assert.All(Enum.GetValues<Knowledge.Conversations.Channel>(), channel => Assert.Contains(journeys, journey =>
            journey.Channel == channel
            && journey.Steps.OfType<Step.Said>().Count() >= 6
            && journey.Steps.OfType<Step.Happened>().Any(step => step.Text == "restart")
            && journey.Engines.Count() == 2));
    }

    /// <summary>The agency's sign-in system asks for a code for the person, who has an address and an e-mail address besides the phone.</summary>
    static async Task IssueAsync(BotApplication application, Journey journey, string kind, string channel)
    {
        var service = await CodeService.WithAsync(application);
        var id = await service.IssueAsync(CodeService.Request(kind: kind, channel: channel.Split(','), contact: new
        {
            phone = journey.Contact,
            email = "person@example.com",
            address = new { name = "Pat Person", line1 = "1 Main St", city = "Baltimore", state = "MD", zip = "21201" },
        }));
        if (!channel.StartsWith("mail", StringComparison.Ordinal))
        {
            await service.UntilNotAsync(id, "queued");
        }
    }

    static async Task<string?> NextCarriedAsync(BotApplication application, string contact, int index)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetElapsedTime(started) < patience)
        {
            if ((await application.CarriedToAsync(contact)).ElementAtOrDefault(index) is { } text)
            {
                return text.Body;
            }
        }

        return null;
    }
}
