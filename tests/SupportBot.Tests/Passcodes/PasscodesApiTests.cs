using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Xml.Linq;
using Microsoft.Extensions.DependencyInjection;
using SupportBot.Ivr.Carriers;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Passcodes;

public sealed class PasscodesApiTests
{
    static readonly object address = new { name = "Ana López", line1 = "1900 E St NW", city = "Washington", state = "DC", zip = "20415" };

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, DatabaseMatrix]
    public async Task A_code_is_asked_for_delivered_typed_back_and_used_up(Engine engine)
    {
        await using var service = await CodeService.StartAsync(engine);

        using var answer = await service.SendAsync(HttpMethod.Post, "/v1/passcodes", CodeService.Request(), "first");
        var issued = await CodeService.JsonAsync(answer);
        var id = issued.GetProperty("id").GetString()!;
        await service.UntilAsync(id, "delivered");
        var text = Assert.Single(await service.Bot.CarriedToAsync("+12025550123")).Body;
        var code = await service.TextedCodeAsync("+12025550123");

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal($"/v1/passcodes/{id}", answer.Headers.Location!.ToString());
        Assert.Equal(["id", "kind", "state", "channel", "expiresAt"], issued.EnumerateObject().Select(field => field.Name));
        Assert.EndsWith($"\n@secure.example.gov #{code}", text, StringComparison.Ordinal);
        Assert.Equal("""{"result":"wrong","attemptsLeft":4}""", (await service.CheckAsync(id, "not it")).GetRawText());
        Assert.Equal("""{"result":"accepted","attemptsLeft":0}""", (await service.CheckAsync(id, $" {code[..3]}-{code[3..]} ")).GetRawText());
        Assert.Equal("used", (await service.CheckAsync(id, code)).GetProperty("result").GetString());
        var story = await service.StoryAsync(id);
        Assert.Equal("accepted", story.GetProperty("state").GetString());
        Assert.Equal(["queued", "sent", "delivered", "accepted"], story.GetProperty("timeline").EnumerateArray().Select(line => line.GetProperty("state").GetString()));
        Assert.DoesNotContain(code, story.GetRawText(), StringComparison.Ordinal);
    }

    [Theory, DatabaseMatrix]
    public async Task The_same_key_and_body_get_the_first_answer_and_another_body_is_refused(Engine engine)
    {
        await using var service = await CodeService.StartAsync(engine);

        using var first = await service.SendAsync(HttpMethod.Post, "/v1/passcodes", CodeService.Request(), "key");
        using var again = await service.SendAsync(HttpMethod.Post, "/v1/passcodes", CodeService.Request(), "key");
        using var other = await service.SendAsync(HttpMethod.Post, "/v1/passcodes", CodeService.Request(account: "another"), "key");
        using var missing = await service.SendAsync(HttpMethod.Post, "/v1/passcodes", CodeService.Request());

        Assert.Equal(await first.Content.ReadAsStringAsync(Token), await again.Content.ReadAsStringAsync(Token));
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, again.StatusCode));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
        Assert.Equal(1, await service.Bot.Storage.ScalarAsync<int>("select count(*) from passcodes"));
    }

    [Fact]
    public async Task Only_keys_with_the_scope_are_let_in_and_each_sees_its_own()
    {
        await using var service = await CodeService.StartAsync(Engine.Sqlite);
        var id = await service.IssueAsync(CodeService.Request());
        var other = await CodeService.AddKeyAsync(service.Bot, "other", "passcodes");
        var narrow = await CodeService.AddKeyAsync(service.Bot, "narrow", "consents");

        async Task<HttpStatusCode> StatusAsync(string key)
        {
            using var answer = await service.SendAsync(HttpMethod.Get, $"/v1/passcodes/{id}", withKey: key);
            Assert.Equal("application/problem+json", answer.StatusCode == HttpStatusCode.OK ? "application/problem+json" : answer.Content.Headers.ContentType!.MediaType);
            return answer.StatusCode;
        }

        using var none = await service.Bot.Client.GetAsync($"/v1/passcodes/{id}", Token);
        Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(service.Key + "x"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("sbk_000000000000_x"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(narrow));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(other));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service.Key));
        await service.Bot.Services.GetRequiredService<Knowledge.ApiKeys.ApiKeyStore>().RevokeAsync("agency", service.Bot.Time.GetUtcNow(), Token);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(service.Key));
    }

    /// <summary>Field that must be named, and the body.</summary>
    public static TheoryData<string, string> WrongBodies()
    {
        const string ok = """{"kind":"security","account":"a","contact":"+12025550123","channel":"text","locale":"en","siteHost":"example.gov"}""";
        string With(string field, string value)
        {
            var node = System.Text.Json.Nodes.JsonNode.Parse(ok)!.AsObject();
            node[field] = System.Text.Json.Nodes.JsonNode.Parse(value);
            return node.ToJsonString();
        }

        string Without(string field)
        {
            var node = System.Text.Json.Nodes.JsonNode.Parse(ok)!.AsObject();
            node.Remove(field);
            return node.ToJsonString();
        }

        var data = new TheoryData<string, string>();
        foreach (var field in (string[])["kind", "account", "contact", "siteHost"])
        {
            data.Add(field, Without(field));
            data.Add(field, With(field, "null"));
            data.Add(field, With(field, "\"\""));
            data.Add(field, With(field, "\"   \""));
            data.Add(field, With(field, "7"));
            data.Add(field, With(field, "true"));
            data.Add(field, With(field, "[]"));
            data.Add(field, With(field, "\"a\\u0000b\""));
            data.Add(field, With(field, $"\"{new string('9', 500)}\""));
        }

        foreach (var (field, value) in ((string, string)[])[
            ("kind", "\"Security\""), ("kind", "\"pin\""), ("contact", "\"anonymous\""), ("contact", "\"+1900555012\""), ("contact", "\"+19005550123\""),
            ("contact", "\"+442071838750\""), ("contact", "{}"), ("contact", "{\"phone\":null}"), ("contact.phone", "{\"phone\":7}"), ("contact.phone", "{\"phone\":\"call me\"}"),
            ("contact.fax", "{\"phone\":\"+12025550123\",\"fax\":\"1\"}"), ("contact.email", "{\"phone\":\"+12025550123\",\"email\":\"nobody\"}"),
            ("contact.email", "{\"phone\":\"+12025550123\",\"email\":\"a@b.gov\\r\\nBcc: c@d.gov\"}"), ("contact.address", "{\"phone\":\"+12025550123\",\"address\":\"here\"}"),
            ("contact.address.zip", "{\"phone\":\"+12025550123\",\"address\":{\"name\":\"n\",\"line1\":\"l\",\"city\":\"c\",\"state\":\"DC\",\"zip\":\"1\"}}"),
            ("contact.address.state", "{\"phone\":\"+12025550123\",\"address\":{\"name\":\"n\",\"line1\":\"l\",\"city\":\"c\",\"state\":\"ZZ\",\"zip\":\"20415\"}}"),
            ("contact.address.name", "{\"phone\":\"+12025550123\",\"address\":{\"line1\":\"l\",\"city\":\"c\",\"state\":\"DC\",\"zip\":\"20415\"}}"),
            ("contact.phone", "{\"email\":\"a@b.gov\"}")])
        {
            data.Add(field, With(field.Split('.')[0], value));
        }

        foreach (var value in (string[])["\"fax\"", "\"Text\"", "[]", "{}", "3", "\"\"", "[\"text\",\"text\"]", "[\"text\",7]", "\"mail\"", "[\"text\",\"mail\"]"])
        {
            data.Add("channel", With("channel", value));
        }

        foreach (var value in (string[])["\"fr\"", "\"english\"", "7", "\"\""])
        {
            data.Add("locale", With("locale", value));
        }

        foreach (var value in (string[])["\"https://example.gov\"", "\"example.gov/path\"", "\"example.gov:443\"", "\"exa mple.gov\"", "\"-a.gov\"", "\"пример.gov\"", $"\"{new string('a', 60)}.example.gov\""])
        {
            data.Add("siteHost", With("siteHost", value));
        }

        data.Add("account", ok.Replace("\"a\"", "\"\\ud800\"", StringComparison.Ordinal));
        data.Add("chanel", With("chanel", "\"text\""));
        return data;
    }

    [Fact]
    public async Task Every_wrong_field_is_named()
    {
        await using var service = await CodeService.StartAsync(Engine.Sqlite);
        foreach (var row in WrongBodies())
        {
            var (field, body) = row.Data;
            using var answer = await service.PostIssueAsync(body);
            var problem = await CodeService.JsonAsync(answer);

            Assert.True(answer.StatusCode == HttpStatusCode.UnprocessableEntity, $"{body}: {answer.StatusCode}");
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
            Assert.True(problem.GetProperty("errors").EnumerateObject().Any(error => error.Name == field), $"{body}: {problem}");
            Assert.Equal(422, problem.GetProperty("status").GetInt32());
        }

        Assert.Equal(0, await service.Bot.Storage.ScalarAsync<int>("select count(*) from passcodes"));
    }

    [Theory]
    [InlineData("", 415)]
    [InlineData("nothing", 400)]
    [InlineData("[]", 400)]
    [InlineData("\"text\"", 400)]
    [InlineData("{\"kind\":", 400)]
    [InlineData("{\"kind\":\"security\",\"kind\":\"reset\"}", 400)]
    public async Task A_body_that_is_no_object_is_refused(string body, int status)
    {
        await using var service = await CodeService.StartAsync(Engine.Sqlite);
        using var answer = body.Length == 0
            ? await service.SendAsync(HttpMethod.Post, "/v1/passcodes", idempotencyKey: "k")
            : await service.PostIssueAsync(body);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory, DatabaseMatrix]
    public async Task A_resend_goes_to_the_wished_channel_and_voids_the_code_before(Engine engine)
    {
        await using var service = await CodeService.StartAsync(engine);
        var id = await service.IssueAsync(CodeService.Request());
        await service.UntilAsync(id, "delivered");
        var former = await service.TextedCodeAsync("+12025550123");

        using var resent = await service.SendAsync(HttpMethod.Post, $"/v1/passcodes/{id}/resend", new { channel = "call" });
        using var tooSoon = await service.SendAsync(HttpMethod.Post, $"/v1/passcodes/{id}/resend");
        using var notAllowed = await service.SendAsync(HttpMethod.Post, $"/v1/passcodes/{id}/resend", new { channel = "mail" });

        Assert.Equal(HttpStatusCode.Accepted, resent.StatusCode);
        Assert.Equal("call", (await CodeService.JsonAsync(resent)).GetProperty("channel").GetString());
        Assert.Equal(HttpStatusCode.TooManyRequests, tooSoon.StatusCode);
        Assert.InRange(tooSoon.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, notAllowed.StatusCode);
        Assert.Equal("superseded", (await service.CheckAsync(id, former)).GetProperty("result").GetString());
        using var voided = await service.SendAsync(HttpMethod.Delete, $"/v1/passcodes/{id}");
        Assert.Equal(HttpStatusCode.NoContent, voided.StatusCode);
        Assert.Equal("voided", (await service.CheckAsync(id, former)).GetProperty("result").GetString());
        using var ended = await service.SendAsync(HttpMethod.Post, $"/v1/passcodes/{id}/resend");
        Assert.Equal(HttpStatusCode.Conflict, ended.StatusCode);
    }

    [Theory, DatabaseMatrix]
    public async Task A_call_reads_the_code_only_after_a_key_and_nothing_to_a_machine(Engine engine)
    {
        await using var service = await CodeService.StartAsync(engine);
        var id = await service.IssueAsync(CodeService.Request(channel: "call"));
        await service.UntilAsync(id, "sent");
        var call = Assert.Single(service.Bot.Services.GetRequiredService<SimulatedCarrier>().CallsTo("+12025550123"));
        var path = new Uri(call.Url).AbsolutePath;

        var machine = await TwimlAsync(service, path, ("CallSid", call.Sid), ("AnsweredBy", "machine_start"));
        var greeting = await TwimlAsync(service, path, ("CallSid", call.Sid), ("AnsweredBy", "human"));
        var silence = await TwimlAsync(service, path + "/turn/1", ("CallSid", call.Sid), ("Digits", ""));
        Assert.Equal("sent", (await service.StoryAsync(id)).GetProperty("state").GetString());
        var read = await TwimlAsync(service, path + "/turn/1", ("CallSid", call.Sid), ("Digits", "1"));
        var again = await TwimlAsync(service, path + "/turn/2", ("CallSid", call.Sid), ("Digits", "1"));
        var fifth = await TwimlAsync(service, path + "/turn/6", ("CallSid", call.Sid), ("Digits", "1"));
        var sixth = await TwimlAsync(service, path + "/turn/7", ("CallSid", call.Sid), ("Digits", "1"));

        Assert.Equal(["Hangup"], machine.Root!.Elements().Select(verb => verb.Name.LocalName));
        Assert.Equal(["Hangup"], silence.Root!.Elements().Select(verb => verb.Name.LocalName));
        Assert.DoesNotMatch("[0-9]{3}", greeting.Root!.Value);
        Assert.Equal($"{path}/turn/1", greeting.Root.Element("Gather")!.Attribute("action")!.Value);
        var digits = string.Concat(read.Descendants("say-as").Select(said => said.Value));
        Assert.Equal(12, digits.Length);
        Assert.Equal(digits[..6], digits[6..]);
        Assert.Equal(8, read.Descendants("break").Count(pause => pause.Attribute("time")!.Value == "300ms"));
        Assert.Equal(2, read.Descendants("break").Count(pause => pause.Attribute("time")!.Value == "700ms"));
        Assert.Equal(digits, string.Concat(again.Descendants("say-as").Select(said => said.Value)));
        Assert.NotEmpty(fifth.Descendants("say-as"));
        Assert.Empty(sixth.Descendants("say-as"));
        await service.Bot.PostSignedAsync(new Uri(call.StatusCallback).AbsolutePath, [new("CallSid", call.Sid), new("CallStatus", "completed")]);
        Assert.Equal("delivered", (await service.StoryAsync(id)).GetProperty("state").GetString());
        Assert.Equal("accepted", (await service.CheckAsync(id, digits[..6])).GetProperty("result").GetString());
        Assert.Empty((await TwimlAsync(service, path + "/turn/1", ("CallSid", call.Sid), ("Digits", "1"))).Descendants("say-as"));
    }

    [Theory]
    [InlineData("busy", "busy")]
    [InlineData("no-answer", "no-answer")]
    [InlineData("completed", "not-heard")]
    public async Task A_call_that_reads_nothing_is_undeliverable_for_a_reason(string status, string reason)
    {
        await using var service = await CodeService.StartAsync(Engine.Sqlite);
        var id = await service.IssueAsync(CodeService.Request(channel: "call"));
        await service.UntilAsync(id, "sent");
        var call = Assert.Single(service.Bot.Services.GetRequiredService<SimulatedCarrier>().CallsTo("+12025550123"));

        using var answer = await service.Bot.PostSignedAsync(new Uri(call.StatusCallback).AbsolutePath, [new("CallSid", call.Sid), new("CallStatus", status)]);

        var story = await service.UntilAsync(id, "undeliverable");
        Assert.Equal(reason, story.GetProperty("timeline").EnumerateArray().Last().GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("+15005550004", "opted-out")]
    [InlineData("+15005550009", "takes-no-texts")]
    [InlineData("+15005550001", "unknown-number")]
    public async Task What_the_carrier_refuses_goes_on_by_call_and_says_why(string phone, string reason)
    {
        await using var service = await CodeService.StartAsync(Engine.Sqlite, "--Limits:Enabled=false");

        var id = await service.IssueAsync(CodeService.Request(phone, channel: (string[])["text", "call"]));
        await UntilAsync(async () => (await service.StoryAsync(id)).GetProperty("timeline").EnumerateArray().Any(line => line.GetProperty("channel").GetString() == "call"), service);

        Assert.Contains((await service.StoryAsync(id)).GetProperty("timeline").EnumerateArray(), line => line.GetProperty("reason").GetString() == reason);
        using var consent = await service.SendAsync(HttpMethod.Post, "/v1/consents/lookup", new { contact = phone });
        Assert.Equal(reason == "opted-out" ? "opted-out" : "unknown", (await CodeService.JsonAsync(consent)).GetProperty("state").GetString());
    }

    [Theory, DatabaseMatrix]
    public async Task The_help_desk_records_consent_and_the_ledger_tells_who_and_why(Engine engine)
    {
        await using var service = await CodeService.StartAsync(engine);
        await service.Bot.PostSignedAsync("/twilio/sms/incoming", [new("MessageSid", BotApplication.NewSid("SM")), new("From", "+12025550123"), new("To", "+12025550100"), new("Body", "STOP")]);

        using var closed = await service.PostIssueAsync(CodeService.Request());
        using var recorded = await service.SendAsync(
            HttpMethod.Post, "/v1/consents", new { contact = new { phone = "+12025550123" }, state = "opted-in", who = "desk 4", why = "asked on the phone, 555-12-3456" });
        var id = await service.IssueAsync(CodeService.Request());
        await service.UntilAsync(id, "delivered");
        using var looked = await service.SendAsync(HttpMethod.Post, "/v1/consents/lookup", new { contact = "+12025550123" });
        using var wrong = await service.SendAsync(HttpMethod.Post, "/v1/consents", new { contact = "+12025550123", state = "yes" });

        var first = await CodeService.JsonAsync(closed);
        Assert.Equal(("undeliverable", "text"), (first.GetProperty("state").GetString(), first.GetProperty("channel").GetString()));
        Assert.Equal(HttpStatusCode.OK, recorded.StatusCode);
        var ledger = await CodeService.JsonAsync(looked);
        Assert.Equal("opted-in", ledger.GetProperty("state").GetString());
        Assert.NotEqual(JsonValueKind.Null, ledger.GetProperty("provenAt").ValueKind);
        Assert.Equal(["STOP", "asked on the phone, •••"], ledger.GetProperty("events").EnumerateArray().Select(line => line.GetProperty("words").GetString()));
        Assert.Equal(["person", "agency: desk 4"], ledger.GetProperty("events").EnumerateArray().Select(line => line.GetProperty("who").GetString()));
        Assert.Equal(["state", "who", "why"], (await CodeService.JsonAsync(wrong)).GetProperty("errors").EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal));
    }

    [Theory, DatabaseMatrix]
    public async Task An_e_mail_brings_the_code(Engine engine)
    {
        await using var service = await CodeService.StartAsync(engine);

        var id = await service.IssueAsync(CodeService.Request(channel: "email", locale: "es-MX", contact: new { email = "ana@example.com" }));
        await service.UntilAsync(id, "sent");

        var email = Assert.Single(service.Bot.Services.GetRequiredService<EmailCarrier>().To("ana@example.com"));
        Assert.Equal("Su código de seguridad", email.Subject);
        Assert.DoesNotMatch("[0-9]", email.Subject);
        var code = CodeService.DigitsIn(email.Body);
        Assert.Equal("accepted", (await service.CheckAsync(id, code)).GetProperty("result").GetString());
    }

    [Fact]
    public async Task The_API_describes_itself()
    {
        await using var service = await CodeService.StartAsync(Engine.Sqlite);

        var document = await service.Bot.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Token);

        Assert.Equal(
            ["/v1/consents", "/v1/consents/lookup", "/v1/passcodes", "/v1/passcodes/{id}", "/v1/passcodes/{id}/check", "/v1/passcodes/{id}/resend"],
            document.GetProperty("paths").EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_key_has_a_rate()
    {
        await using var service = await CodeService.StartAsync(Engine.Sqlite, "--Limits:KeyPerMinute=2");

        await service.StoryAsync("none");
        await service.StoryAsync("none");
        using var third = await service.SendAsync(HttpMethod.Get, "/v1/passcodes/none");

        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.NotNull(third.Headers.RetryAfter);
    }

    /// <summary>A canary journey on every channel, then a search through everything that was written down.</summary>
    [Theory, DatabaseMatrix]
    public async Task A_journey_on_every_channel_leaves_nothing_readable_behind(Engine engine)
    {
        using var log = new LogLines();
        using var listener = new ActivityListener
        {
            // Spans of other tests come along; their numbers and words are others.
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => log.Lines.Enqueue(string.Join(
                ' ',
                [
                    activity.DisplayName, .. activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"), .. activity.Baggage.Select(item => $"{item.Key}={item.Value}"),
                    .. activity.Events.SelectMany(told => told.Tags.Select(tag => $"{told.Name} {tag.Key}={tag.Value}")),
                ])),
        };
        ActivitySource.AddActivityListener(listener);
        await using var bot = await BotApplication.StartAsync(engine, log, "--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft.AspNetCore=Trace", $"--Postal:Folder={Path.Combine(Path.GetTempPath(), BotApplication.NewSid("letters-"))}");
        var service = new CodeService(bot, await CodeService.AddKeyAsync(bot, "agency", "passcodes", "consents"));
        var contact = new { phone = "+12025557391", email = "canary.person@example.com", address };
        var codes = new List<string>();
        foreach (var channel in (string[])["text", "call", "email"])
        {
            var id = await service.IssueAsync(CodeService.Request(account: "CANARY-ACCOUNT", channel: channel, contact: contact));
            await service.UntilAsync(id, channel == "text" ? "delivered" : "sent");
            codes.Add(channel switch
            {
                "text" => await service.TextedCodeAsync("+12025557391"),
                "email" => CodeService.DigitsIn(bot.Services.GetRequiredService<EmailCarrier>().To(null)[^1].Body),
                _ => string.Concat((await TwimlAsync(
                    service, new Uri(bot.Services.GetRequiredService<SimulatedCarrier>().CallsTo("+12025557391")[^1].Url).AbsolutePath + "/turn/1", ("Digits", "1"))).Descendants("say-as").Take(6).Select(said => said.Value)),
            });
            await service.CheckAsync(id, "999999");
            await service.CheckAsync(id, codes[^1]);
        }

        var letter = await service.IssueAsync(CodeService.Request(account: "CANARY-ACCOUNT", kind: "reset", channel: "mail", contact: contact));
        var run = await bot.Services.GetRequiredService<Ivr.Letters.LetterPrinter>().RunAsync(BotApplication.Shipped.Library, Token);
        codes.Add(File.ReadAllText(Path.Combine(run!.Folders.Single(), "manifest.psv")).Split("\r\n")[1].Split('|')[7]);
        Assert.Equal("accepted", (await service.CheckAsync(letter, codes[^1])).GetProperty("result").GetString());
        await bot.PostSignedAsync("/twilio/sms/incoming", [new("MessageSid", BotApplication.NewSid("SM")), new("From", "+12025557391"), new("Body", $"my code is {codes[0]}")]);
        Directory.Delete(Path.GetDirectoryName(run.Folders.Single())!, recursive: true);

        // What was in the addresses that each side asked for is in the lines of the web server and in the spans.
        string[] secrets = [.. codes, "2025557391", "canary.person", "CANARY-ACCOUNT", "1900 E St", "López", service.Key, service.Key[17..], BotApplication.AuthToken];
        Assert.All(codes, code => Assert.Matches("^[A-Z]?[0-9]{6,7}$", code));
        Assert.Contains(log.Lines, line => line.Contains("/v1/passcodes", StringComparison.Ordinal));
        foreach (var line in log.Lines)
        {
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, line, StringComparison.OrdinalIgnoreCase));
        }

        foreach (var row in await bot.Storage.EverythingAsync())
        {
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, row, StringComparison.OrdinalIgnoreCase));
        }
    }

    static async Task<XDocument> TwimlAsync(CodeService service, string path, params (string Name, string Value)[] form)
    {
        using var answer = await service.Bot.PostSignedAsync(path, [.. form.Select(field => KeyValuePair.Create(field.Name, field.Value))]);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return XDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
    }

    /// <summary>Lets the service's clock run until something is so.</summary>
    static async Task UntilAsync(Func<Task<bool>> isSo, CodeService service)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var tick = 0; tick < 500 && !await isSo(); tick++)
        {
            await ticks.WaitForNextTickAsync(Token);
            service.Bot.Time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.True(await isSo());
    }
}
