using System.Globalization;
using System.Xml.Linq;
using Microsoft.Extensions.DependencyInjection;
using SupportBot.Ivr.Carriers;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Audio;

/// <summary>The call that reads a code, over a phone line with noise: what a listener writes down of the TwiML that the host really answers.</summary>
[Trait("category", "audio")]
public sealed class SpokenCodeTests
{
    const double Ratio = 20;
    const int Digits = 6;

    /// <summary>Of the digits in their place, at 20 dB: what pauses of 300 ms were measured to give on another harness of the same tools.</summary>
    const double Expected = 0.84;

    [Fact]
    public async Task The_digits_of_a_code_call_are_understood_at_twenty_decibels()
    {
        var codes = AudioCallTests.IsFull ? ReadOutTests.Codes : ReadOutTests.Codes[..3];
        await using var service = await CodeService.StartAsync(Engine.Sqlite, "--Limits:Enabled=false", "--Deliveries:CallsPerSecond=100");
        var (right, whole, either) = (0, 0, 0);
        foreach (var (call, code) in codes.Index())
        {
            var heard = await ReadOut.HearAsync(await ReadAsync(service, call, code), Digits, Ratio, (ulong)call * 2, TestContext.Current.CancellationToken);
            right += heard.Sum(digits => digits.Zip(code, (one, other) => one == other).Count(same => same));
            whole += heard.Count(digits => digits == code);
            either += heard.Contains(code) ? 1 : 0;
        }

        var part = (double)right / (codes.Length * 2 * Digits);
        var line = string.Create(CultureInfo.InvariantCulture, $"{part:P0} of the digits of {codes.Length} codes, each said twice; {whole} of {codes.Length * 2} readings whole, {either} of {codes.Length} calls");
        TestContext.Current.TestOutputHelper?.WriteLine(line);

        Assert.True(part >= Expected, line);
    }

    /// <summary>The sentences that read a code, as the service says them after a key press; with other digits in place of its own, so that every run hears the same.</summary>
    static async Task<List<XElement>> ReadAsync(CodeService service, int number, string digits)
    {
        var phone = string.Create(CultureInfo.InvariantCulture, $"+1202555{1800 + number}");
        service.Bot.Time.Advance(TimeSpan.FromSeconds(1));
        var id = await service.IssueAsync(CodeService.Request(phone, account: phone, channel: "call"));
        await service.UntilAsync(id, "sent");
        var path = new Uri(service.Bot.Services.GetRequiredService<SimulatedCarrier>().CallsTo(phone)[^1].Url).AbsolutePath;
        using var answer = await service.Bot.PostSignedAsync($"{path}/turn/1", [new("CallSid", BotApplication.NewSid("CA")), new("Digits", "1")]);
        var document = XDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var said = document.Root!.Elements("Say").Where(say => say.Descendants("say-as").Any()).ToList();
        var code = string.Concat(said[0].Descendants("say-as").Select(spoken => spoken.Value));
        Assert.Equal(2, said.Count);
        Assert.Equal("accepted", (await service.CheckAsync(id, code)).GetProperty("result").GetString());
        foreach (var (spoken, digit) in said.SelectMany(say => say.Descendants("say-as").Zip(digits)))
        {
            spoken.Value = digit.ToString();
        }

        return said;
    }
}
