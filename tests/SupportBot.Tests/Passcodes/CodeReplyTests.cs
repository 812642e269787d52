using System.Net.Http.Json;
using System.Xml.Linq;
using SupportBot.Ivr.Carriers;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Passcodes;

/// <summary>A conversation about a code only ever touches the code of its own contact.</summary>
public sealed class CodeReplyTests
{
    const string Pat = "+12025550123";
    const string Stranger = "+12025550177";

    [Theory, DatabaseMatrix]
    public async Task A_call_that_a_caller_asks_for_waits_until_the_line_is_free(Engine engine)
    {
        await using var service = await CodeService.StartAsync(engine);
        var id = await service.IssueAsync(CodeService.Request(Pat, channel: new[] { "text", "call" }));
        await service.UntilNotAsync(id, "queued");

        var call = BotApplication.NewSid("CA");
        await VoiceAsync(service, "/twilio/voice/incoming", call, speech: null);
        var answer = await VoiceAsync(service, "/twilio/voice/turn/1", call, "please call me with the code");

        Assert.Contains("in about a minute", answer.Value, StringComparison.Ordinal);
        Assert.Equal("Hangup", answer.Elements().Last().Name.LocalName);
        Assert.Empty(await CallsAsync(service));
        service.Bot.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Empty(await CallsAsync(service));
        for (var tries = 0; (await CallsAsync(service)).Count == 0; tries++)
        {
            Assert.True(tries < 500);
            service.Bot.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Single(await CallsAsync(service));
        Assert.True(service.Bot.Time.GetUtcNow() >= ManualTime.WorkingDay.AddSeconds(60));
    }

    [Theory, DatabaseMatrix]
    public async Task Another_number_hears_nothing_and_changes_nothing(Engine engine)
    {
        await using var service = await CodeService.StartAsync(engine);
        var id = await service.IssueAsync(CodeService.Request(Pat));
        await service.UntilNotAsync(id, "queued");
        var words = (string[])["where is my code", "resend", "NOT ME", "call me"];
        var before = new List<string>();
        foreach (var word in words)
        {
            before.Add(await TextAsync(service, "+12025550188", word));
        }

        for (var index = 0; index < words.Length; index++)
        {
            Assert.Equal(WithoutCase(before[index]), WithoutCase(await TextAsync(service, Stranger, words[index])));
        }

        Assert.Single(await service.Bot.CarriedToAsync(Pat));
        Assert.Empty(await CallsAsync(service));
        Assert.NotEqual("voided", (await service.StoryAsync(id)).GetProperty("state").GetString());
    }

    [Theory, DatabaseMatrix]
    public async Task The_latest_code_for_a_shared_phone_is_the_one_that_is_meant(Engine engine)
    {
        await using var service = await CodeService.StartAsync(engine);
        var first = await service.IssueAsync(CodeService.Request(Pat, account: "hers"));
        await service.UntilNotAsync(first, "queued");
        service.Bot.Time.Advance(TimeSpan.FromSeconds(5));
        var second = await service.IssueAsync(CodeService.Request(Pat, account: "his"));
        await service.UntilNotAsync(second, "queued");

        await TextAsync(service, Pat, "not me");

        Assert.NotEqual("voided", (await service.StoryAsync(first)).GetProperty("state").GetString());
        Assert.Equal("voided", (await service.StoryAsync(second)).GetProperty("state").GetString());
        Assert.Equal("not-asked", (await service.StoryAsync(second)).GetProperty("timeline").EnumerateArray().Last().GetProperty("reason").GetString());
    }

    [Theory, DatabaseMatrix]
    public async Task A_code_sent_again_is_the_only_one_that_works(Engine engine)
    {
        await using var service = await CodeService.StartAsync(engine);
        var id = await service.IssueAsync(CodeService.Request(Pat));
        await service.UntilNotAsync(id, "queued");
        var former = await service.TextedCodeAsync(Pat);

        await TextAsync(service, Pat, "send me a new code");
        for (var tries = 0; (await service.Bot.CarriedToAsync(Pat)).Count < 2; tries++)
        {
            Assert.True(tries < 500);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Equal("superseded", (await service.CheckAsync(id, former)).GetProperty("result").GetString());
        Assert.Equal("accepted", (await service.CheckAsync(id, await service.TextedCodeAsync(Pat))).GetProperty("result").GetString());
    }

    static string WithoutCase(string answer) => System.Text.RegularExpressions.Regex.Replace(answer, @"C-?\d{4}[ -]?\d{4}", "C", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));

    static async Task<List<SimulatedCall>> CallsAsync(CodeService service) =>
        (await service.Bot.Client.GetFromJsonAsync<List<SimulatedCall>>($"/simulator/calls?to={Uri.EscapeDataString(Pat)}", TestContext.Current.CancellationToken))!;

    static async Task<string> TextAsync(CodeService service, string from, string body)
    {
        using var answer = await service.Bot.PostSignedAsync("/twilio/sms/incoming", new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["MessageSid"] = BotApplication.NewSid("SM"), ["From"] = from, ["To"] = "+12025550100", ["Body"] = body, ["NumMedia"] = "0",
        });
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    static async Task<XElement> VoiceAsync(CodeService service, string path, string call, string? speech)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal) { ["CallSid"] = call, ["From"] = Pat, ["To"] = "+12025550100", ["CallStatus"] = "in-progress" };
        if (speech is not null)
        {
            (form["SpeechResult"], form["Confidence"]) = (speech, "0.9");
        }

        using var answer = await service.Bot.PostSignedAsync(path, form);
        return XDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Root!;
    }
}
