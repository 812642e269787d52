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
    public async Task A_text_whose_report_was_lost_is_found_by_asking_the_carrier_by_its_own_name(Engine engine)
    {
        await using var carrier = await FakeCarrier.StartAsync(reports: false);
        var now = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var service = await CodeService.StartAsync(engine, now, [.. carrier.Settings, "--Deliveries:TextDeadline=01:00:00"]);

        // Two texts to one number stand on the carrier's list at the same time.
        var ids = (string[])[await service.IssueAsync(CodeService.Request("+12025551605")), await service.IssueAsync(CodeService.Request("+12025551605", account: "another"))];
        foreach (var id in ids)
        {
            await RunUntilAsync(service, id, "delivered");
            Assert.Equal(["queued", "sent", "delivered"], await StatesAsync(service, id));
        }

        var sids = await Task.WhenAll(ids.Select(id => service.Bot.Storage.ScalarAsync<string>($"select carrier_sid from deliveries where passcode_id = '{id}'")));
        Assert.Equal(carrier.Accepted.Select(request => request.Sid).Order(StringComparer.Ordinal), sids.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Engine.Sqlite, "1600")]
    [InlineData(Engine.PostgreSql, "1602")]
    public async Task A_carrier_that_hangs_or_answers_with_a_page_is_never_handed_the_text_again(Engine engine, string number)
    {
        await using var carrier = await FakeCarrier.StartAsync(reports: false);
        var now = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var service = await CodeService.StartAsync(engine, now, [.. carrier.Settings, "--Deliveries:TextDeadline=01:00:00"]);

        var id = await service.IssueAsync(CodeService.Request($"+1202555{number}"));
        await RunUntilAsync(service, id, "delivered");

        Assert.Single(carrier.Accepted);
    }

    [Theory, DatabaseMatrix]
    public async Task What_hangs_past_its_deadline_goes_on_by_the_next_channel_only(Engine engine)
    {
        await using var carrier = await FakeCarrier.StartAsync(reports: false);
        await using var service = await CodeService.StartAsync(engine, carrier.Settings);

        var id = await service.IssueAsync(CodeService.Request("+12025551600", channel: (string[])["text", "call"]));
        await RunUntilAsync(service, id, "sent", () => carrier.Accepted.Count == 2);

        Assert.Equal(["Messages", "Calls"], carrier.Accepted.Select(request => request.Resource));
        Assert.Contains(
            (await service.StoryAsync(id)).GetProperty("timeline").EnumerateArray(),
            line => line.GetProperty("state").GetString() == "undeliverable" && line.GetProperty("reason").GetString() == "unconfirmed");
    }

    [Theory, DatabaseMatrix]
    public async Task Reports_that_overtake_the_answer_count_and_the_answer_changes_nothing(Engine engine)
    {
        await using var carrier = await FakeCarrier.StartAsync();
        await using var service = await CodeService.StartAsync(engine, carrier.Settings);

        var id = await service.IssueAsync(CodeService.Request("+12025551603"));
        await RunUntilAsync(service, id, "delivered");

        // In hand until the late answer is recorded, too.
        await RunUntilAsync(service, id, "delivered", async () => await service.Bot.Storage.ScalarAsync<int>("select count(*) from attempts where carrier_sid is not null") == 1);
        Assert.Equal(Assert.Single(carrier.Accepted).Sid, await service.Bot.Storage.ScalarAsync<string>("select carrier_sid from deliveries"));
        Assert.Equal(["queued", "sent", "delivered"], await StatesAsync(service, id));
    }

    [Theory, DatabaseMatrix]
    public async Task A_carrier_that_says_yes_twice_has_delivered_once(Engine engine)
    {
        await using var carrier = await FakeCarrier.StartAsync();
        await using var service = await CodeService.StartAsync(engine, carrier.Settings);

        var id = await service.IssueAsync(CodeService.Request("+12025551604"));
        await RunUntilAsync(service, id, "delivered");

        Assert.Single(carrier.Accepted);
        Assert.Equal(1, await service.Bot.Storage.ScalarAsync<int>("select count(*) from attempts"));
        Assert.Equal(["queued", "sent", "delivered"], await StatesAsync(service, id));
    }

    [Theory, DatabaseMatrix]
    public async Task Reports_on_what_we_never_sent_are_answered_and_change_nothing(Engine engine)
    {
        await using var service = await CodeService.StartAsync(engine);
        var id = await service.IssueAsync(CodeService.Request());
        await service.UntilAsync(id, "delivered");
        var attempt = await service.Bot.Storage.ScalarAsync<string>("select id from attempts");
        var before = await service.Bot.Storage.EverythingAsync();

        foreach (var path in (string[])["nothing", "nothing-1", $"{attempt![..^2]}-2", $"{attempt}-1", $"{attempt![..^2]}-0", "-1", "%27%3B--1", new string('a', 500)])
        {
            using var answer = await service.Bot.PostSignedAsync(
                $"/twilio/deliveries/{path}/status", [new("MessageSid", BotApplication.NewSid("SM")), new("MessageStatus", "undelivered"), new("ErrorCode", "21610")]);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal(before, await service.Bot.Storage.EverythingAsync());
    }

    [Theory, DatabaseMatrix]
    public async Task A_clock_that_jumps_loses_no_code_and_sends_none_twice(Engine engine)
    {
        await using var carrier = await FakeCarrier.StartAsync();
        await using var service = await CodeService.StartAsync(engine, carrier.Settings);
        var ids = new List<string>();
        foreach (var (index, jump) in ((TimeSpan[])[default, TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(-7), TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(-20)]).Index())
        {
            service.Bot.Time.Jump(jump);
            ids.Add(await service.IssueAsync(CodeService.Request($"+1202555{1700 + index}", account: $"account {index}")));
            await RunUntilAsync(service, ids[^1], "delivered");
        }

        Assert.Equal(ids.Count, carrier.Accepted.Count);
        Assert.Equal(ids.Count, carrier.Accepted.DistinctBy(request => request.Form["To"][0]).Count());
    }

    static async Task<IEnumerable<string?>> StatesAsync(CodeService service, string id) =>
        (await service.StoryAsync(id)).GetProperty("timeline").EnumerateArray().Select(line => line.GetProperty("state").GetString());

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
    static Task<System.Text.Json.JsonElement> RunUntilAsync(CodeService service, string id, string state) => RunUntilAsync(service, id, state, () => Task.FromResult(true));

    static Task<System.Text.Json.JsonElement> RunUntilAsync(CodeService service, string id, string state, Func<bool> isSo) =>
        RunUntilAsync(service, id, state, () => Task.FromResult(isSo()));

    static async Task<System.Text.Json.JsonElement> RunUntilAsync(CodeService service, string id, string state, Func<Task<bool>> isSo)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var tick = 0; tick < 700; tick++)
        {
            var story = await service.StoryAsync(id);
            if (story.GetProperty("state").GetString() == state && await isSo())
            {
                return story;
            }

            await ticks.WaitForNextTickAsync(Token);
            service.Bot.Time.Advance(TimeSpan.FromMilliseconds(200));
        }

        throw new TimeoutException($"The code is not {state}: {await service.StoryAsync(id)}");
    }
}
