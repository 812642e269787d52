using System.Net;
using System.Net.Sockets;
using System.Text;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Deliveries;

/// <summary>The carrier and the mail server in their bad moods, over real connections.</summary>
public sealed class CarrierFailureTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, DatabaseMatrix]
    public async Task A_busy_carrier_is_asked_again_when_it_says_and_hears_of_a_text_once(Engine engine)
    {
        await using var carrier = await FakeCarrier.StartAsync();
        await using var service = await CodeService.StartAsync(engine, carrier.Settings);

        var id = await service.IssueAsync(CodeService.Request("+12025551429"));
        await RunUntilAsync(service, id, "delivered");

        Assert.Single(carrier.Accepted);
        Assert.Equal(3, await service.Bot.Storage.ScalarAsync<int>("select count(*) from attempts"));
        Assert.Empty(carrier.UnknownNames);
    }

    [Theory, DatabaseMatrix]
    public async Task A_text_whose_answer_was_a_broken_page_is_found_by_asking_the_carrier_and_never_sent_again(Engine engine)
    {
        await using var carrier = await FakeCarrier.StartAsync(reports: false);

        // The look-up compares the carrier's time with ours; the fake's clock is the real one.
        var now = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var service = await CodeService.StartAsync(engine, now, [.. carrier.Settings, "--Deliveries:TextDeadline=01:00:00"]);
        var id = await service.IssueAsync(CodeService.Request("+12025551601"));
        await RunUntilAsync(service, id, "delivered");

        Assert.Single(carrier.Accepted);
        Assert.Contains((await service.StoryAsync(id)).GetProperty("timeline").EnumerateArray(), line => line.GetProperty("reason").GetString() == "unconfirmed");
    }

    [Theory, DatabaseMatrix]
    public async Task A_call_that_nobody_answers_ends_the_road_with_a_reason(Engine engine)
    {
        await using var carrier = await FakeCarrier.StartAsync();
        await using var service = await CodeService.StartAsync(engine, [.. carrier.Settings, "--Limits:Enabled=false"]);

        var id = await service.IssueAsync(CodeService.Request("+15005550009", channel: (string[])["text", "call"]));
        var story = await RunUntilAsync(service, id, "undeliverable");

        Assert.Equal(["takes-no-texts", "no-answer"], story.GetProperty("timeline").EnumerateArray().Select(line => line.GetProperty("reason").GetString()).OfType<string>());
        Assert.Null(await service.Bot.Storage.ScalarAsync<string>("select sealed_code from passcodes"));
    }

    [Theory]
    [InlineData("250", "sent")]
    [InlineData("550", "undeliverable")]
    public async Task A_mail_server_takes_the_code_or_refuses_the_address(string answer, string state)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var mail = ReceiveAsync(listener, answer);
        await using var service = await CodeService.StartAsync(
            Engine.Sqlite, "--Smtp:Host=127.0.0.1", $"--Smtp:Port={((IPEndPoint)listener.LocalEndpoint).Port}", "--Smtp:Tls=false", "--Smtp:From=codes@example.gov");

        var id = await service.IssueAsync(CodeService.Request(channel: "email", contact: new { email = "ana@example.com" }));
        await RunUntilAsync(service, id, state);

        var received = await mail;
        Assert.Contains("RCPT TO:<ana@example.com>", received, StringComparison.Ordinal);
        if (state == "sent")
        {
            Assert.Contains("Auto-Submitted: auto-generated", received, StringComparison.OrdinalIgnoreCase);
            var code = CodeService.DigitsIn(received[received.IndexOf("Your security code is", StringComparison.Ordinal)..]);
            Assert.Equal("accepted", (await service.CheckAsync(id, code)).GetProperty("result").GetString());
        }
        else
        {
            Assert.Equal("address-refused", (await service.StoryAsync(id)).GetProperty("timeline").EnumerateArray().Last().GetProperty("reason").GetString());
        }
    }

    /// <summary>As much of SMTP (RFC 5321) as one message takes.</summary>
    static async Task<string> ReceiveAsync(TcpListener listener, string answerToRecipient)
    {
        var heard = new StringBuilder();
        using var client = await listener.AcceptTcpClientAsync(Token);
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\r\n" };
        await writer.WriteLineAsync("220 tests");
        var isBody = false;
        while (await reader.ReadLineAsync(Token) is { } line)
        {
            heard.Append(line).Append('\n');
            if (isBody)
            {
                if (line == ".")
                {
                    isBody = false;
                    await writer.WriteLineAsync("250 taken");
                }

                continue;
            }

            switch (line.Split(' ')[0].ToUpperInvariant())
            {
                case "DATA":
                    isBody = true;
                    await writer.WriteLineAsync("354 go on");
                    break;
                case "RCPT":
                    await writer.WriteLineAsync($"{answerToRecipient} recipient");
                    break;
                case "QUIT":
                    await writer.WriteLineAsync("221 bye");
                    return heard.ToString();
                default:
                    await writer.WriteLineAsync("250 ok");
                    break;
            }
        }

        return heard.ToString();
    }

    /// <summary>Lets the service's clock run, ten times as fast as ours, until the code has the state.</summary>
    static async Task<System.Text.Json.JsonElement> RunUntilAsync(CodeService service, string id, string state)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var tick = 0; tick < 700; tick++)
        {
            var story = await service.StoryAsync(id);
            if (story.GetProperty("state").GetString() == state)
            {
                return story;
            }

            await ticks.WaitForNextTickAsync(Token);
            service.Bot.Time.Advance(TimeSpan.FromMilliseconds(200));
        }

        throw new TimeoutException($"The code is not {state}: {await service.StoryAsync(id)}");
    }
}
