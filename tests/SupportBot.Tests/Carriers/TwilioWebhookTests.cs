using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Xml.Linq;
using SupportBot.Ivr.Carriers;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Carriers;

/// <summary>One service on one engine, with the simulated carrier.</summary>
public abstract class PhoneService(Engine engine) : IAsyncLifetime
{
    internal BotApplication Bot { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Bot = await BotApplication.StartAsync(engine, "--HelpDesk:State=closed");

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Bot.DisposeAsync();
    }
}

public sealed class PhoneOnSqlite() : PhoneService(Engine.Sqlite);

public sealed class PhoneOnPostgreSql() : PhoneService(Engine.PostgreSql);

public sealed class TwilioWebhookOnSqliteTests(PhoneOnSqlite phone) : TwilioWebhookTests(phone), IClassFixture<PhoneOnSqlite>;

public sealed class TwilioWebhookOnPostgreSqlTests(PhoneOnPostgreSql phone) : TwilioWebhookTests(phone), IClassFixture<PhoneOnPostgreSql>;

/// <summary>Whatever comes to a webhook: 403, 405 or 413 where it is not for us, else TwiML.</summary>
public abstract class TwilioWebhookTests(PhoneService phone)
{
    const string Incoming = "/twilio/voice/incoming";
    const string Text = "/twilio/sms/incoming";

    static readonly string[] tables = ["turns", "conversations", "transcript", "feedback", "consents", "consent_events", "escalations", "deliveries"];

    public static TheoryData<string> Webhooks =>
    [
        Incoming, "/twilio/voice/turn/1", "/twilio/voice/transfer/1", "/twilio/voice/ended", Text, "/twilio/deliveries/D-1/status",
    ];

    BotApplication Bot => phone.Bot;

    [Theory, MemberData(nameof(Webhooks))]
    public async Task A_request_that_is_not_signed_by_the_carrier_is_refused_and_leaves_no_trace(string path)
    {
        var before = await RowsAsync();
        var form = Form(("CallSid", BotApplication.NewSid("CA")), ("MessageSid", BotApplication.NewSid("SM")), ("From", "+12025550171"), ("Body", "STOP"), ("Digits", "0"));

        using var unsigned = await Bot.Client.PostAsync(path, new FormUrlEncodedContent(form), TestContext.Current.CancellationToken);
        using var wrong = await Bot.PostSignedAsync(path, form, token: "another token");
        using var garbage = await SendAsync(path, "a=b", signature: "not even Base64 “”");

        foreach (var answer in (HttpResponseMessage[])[unsigned, wrong, garbage])
        {
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Equal("", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(before, await RowsAsync());
    }

    [Theory, MemberData(nameof(Webhooks))]
    public async Task Only_POST_is_answered(string path)
    {
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Patch])
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Add("X-Twilio-Signature", TwilioSignature.Compute(BotApplication.AuthToken, AddressOf(path), []));
            using var answer = await Bot.Client.SendAsync(request, TestContext.Current.CancellationToken);

            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData(64 * 1024 + 1, false)]
    [InlineData(64 * 1024 + 1, true)]
    [InlineData(1 << 20, false)]
    [InlineData(1 << 20, true)]
    [InlineData(3 << 20, false)]
    public async Task A_body_over_64_KB_is_too_large(int bytes, bool chunked)
    {
        var before = await RowsAsync();

        using var answer = await SendAsync(Text, "Body=" + new string('a', bytes - 5), chunked: chunked);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal(before, await RowsAsync());
    }

    [Fact]
    public async Task A_body_of_64_KB_is_read()
    {
        using var answer = await SendAsync(Text, $"MessageSid={BotApplication.NewSid("SM")}&From=%2B12025550172&Body=".PadRight(64 * 1024, 'a'));

        await AssertTwimlAsync(answer);
    }

    [Fact]
    public async Task A_long_message_of_real_words_is_answered()
    {
        var words = string.Concat(Enumerable.Repeat("my activation code never came in the mail, ", 1_300));

        var document = await PostAsync(Text, ("MessageSid", BotApplication.NewSid("SM")), ("From", "+12025550173"), ("Body", words[..54_000] + " 📬"));

        Assert.NotEmpty(Message(document));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&")]
    [InlineData("&&&=&=&")]
    [InlineData("=")]
    [InlineData("=value")]
    [InlineData("CallSid")]
    [InlineData("CallSid=")]
    [InlineData("CallSid=%")]
    [InlineData("CallSid=%zz&From=%e9&Body=%")]
    [InlineData("CallSid=%00&MessageSid=%00&From=%00&To=%00&Body=%00&Digits=%00&SpeechResult=%00&FromState=%00")]
    [InlineData("CallSid=CA1%00x&MessageSid=SM1%00x&Body=a%00b&Digits=1%002&SpeechResult=a%00b")]
    [InlineData("CallSid=%ED%A0%80&Body=%ED%A0%80x%FF%FE&Digits=%FF&SpeechResult=%C0%80")]
    [InlineData("Body=one&Body=two&Body=three&MessageSid=a&MessageSid=b")]
    [InlineData("Body=a=b=c;d=e&MessageSid=c")]
    [InlineData("body=lower+case&callsid=x")]
    [InlineData("MessageStatus=delivered&ErrorCode=999999999999999999999&MessageSid=%00")]
    [InlineData("MessageStatus=&SmsStatus=sent&ErrorCode=-1")]
    public async Task A_malformed_form_is_answered(string body)
    {
        foreach (var path in Webhooks)
        {
            using var answer = await SendAsync(path.Data, body);

            await AssertTwimlAsync(answer);
        }
    }

    [Theory]
    [InlineData("/twilio/voice/turn/-1")]
    [InlineData("/twilio/voice/turn/0")]
    [InlineData("/twilio/voice/turn/abc")]
    [InlineData("/twilio/voice/turn/99999999999999999999")]
    [InlineData("/twilio/voice/transfer/x")]
    [InlineData("/twilio/voice/turn/7?a=1&a=2&=%00")]
    public async Task A_path_that_we_did_not_write_is_answered(string path) =>
        await PostAsync(path, ("CallSid", BotApplication.NewSid("CA")), ("SpeechResult", "my activation code"));

    [Fact]
    public async Task A_form_of_another_media_type_is_not_covered_by_its_signature()
    {
        foreach (var type in (string[])["application/json", "text/plain", "multipart/form-data"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Text) { Content = new StringContent("Body=STOP", Encoding.UTF8, type) };
            request.Headers.Add("X-Twilio-Signature", TwilioSignature.Compute(BotApplication.AuthToken, AddressOf(Text), []));
            using var answer = await Bot.Client.SendAsync(request, TestContext.Current.CancellationToken);

            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_call_that_we_never_saw_begin_is_answered()
    {
        var document = await PostAsync("/twilio/voice/turn/5", ("CallSid", BotApplication.NewSid("CA")), ("From", "+12025550174"), ("SpeechResult", "how long is my activation code valid"));

        Assert.Equal("/twilio/voice/turn/6", document.Root!.Element("Gather")!.Attribute("action")!.Value);
    }

    [Fact]
    public async Task Turns_that_come_out_of_order_are_each_taken_once()
    {
        var call = BotApplication.NewSid("CA");
        Task<string> Turn(int number, string speech) => PostTextAsync($"/twilio/voice/turn/{number.ToString(CultureInfo.InvariantCulture)}", ("CallSid", call), ("SpeechResult", speech));

        var ninth = await Turn(9, "how long is my activation code valid");
        var third = await Turn(3, "help desk");
        var ninthAgain = await Turn(9, "goodbye");
        var thirdAgain = await Turn(3, "goodbye");

        Assert.Contains("/twilio/voice/turn/10", ninth, StringComparison.Ordinal);
        Assert.Contains("/twilio/voice/turn/4", third, StringComparison.Ordinal);
        Assert.Equal(ninth, ninthAgain);
        Assert.Equal(third, thirdAgain);
        Assert.Equal(2, await Bot.Storage.ScalarAsync<int>("select count(*) from turns where conversation_id = @call", new { call }));
    }

    [Fact]
    public async Task A_call_that_begins_twice_is_greeted_in_the_same_bytes()
    {
        var call = BotApplication.NewSid("CA");

        var first = await PostTextAsync(Incoming, ("CallSid", call), ("From", "+12025550175"));
        var again = await PostTextAsync(Incoming, ("CallSid", call), ("From", "+12025550175"), ("StirVerstat", "TN-Validation-Passed-A"));

        Assert.Equal(first, again);
    }

    [Fact]
    public async Task A_text_that_comes_twice_is_answered_in_the_same_bytes()
    {
        var sid = BotApplication.NewSid("SM");

        var first = await PostTextAsync(Text, ("MessageSid", sid), ("From", "+12025550176"), ("Body", "help desk"));
        var again = await PostTextAsync(Text, ("SmsSid", sid), ("From", "+12025550176"), ("Body", "help desk"));

        Assert.Equal(first, again);
        Assert.Equal(1, await Bot.Storage.ScalarAsync<int>("select count(*) from turns where replay_key = @key", new { key = $"sms/{sid}" }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\u0001\u0002")]
    public async Task Speech_without_words_is_silence(string speech)
    {
        var call = BotApplication.NewSid("CA");
        await PostAsync(Incoming, ("CallSid", call));

        var document = await PostAsync("/twilio/voice/turn/1", ("CallSid", call), ("SpeechResult", speech), ("Confidence", "0.0"));

        Assert.Contains("I did not hear anything", Spoken(document), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_win_over_late_speech()
    {
        var call = BotApplication.NewSid("CA");
        await PostAsync(Incoming, ("CallSid", call));

        await PostAsync("/twilio/voice/turn/1", ("CallSid", call), ("Digits", "0"), ("SpeechResult", "goodbye"));

        Assert.Equal(1, await Bot.Storage.ScalarAsync<int>("select count(*) from escalations where conversation_id = @call", new { call }));
    }

    [Theory]
    [InlineData("😀")]
    [InlineData("👩‍👩‍👧‍👦🏳️‍🌈🇺🇸")]
    [InlineData("a\u0000b\u0007c\u001Bd\u007Fe\u0085f")]
    [InlineData("\uFFFE\uFFFF\uFEFF\u202E\u200B")]
    [InlineData("<Say>]]>&amp;\"'--><!--")]
    [InlineData("密码忘了 пароль كلمة السر")]
    [InlineData("Z̸̢a̷l̶g̴o̸")]
    [InlineData("'; drop table turns; --")]
    public async Task Any_characters_are_answered(string words)
    {
        var call = BotApplication.NewSid("CA");

        await PostAsync("/twilio/voice/turn/1", ("CallSid", call), ("From", words), ("SpeechResult", words), ("FromState", words));
        await PostAsync("/twilio/voice/turn/2", ("CallSid", call), ("Digits", words));
        await PostAsync(Text, ("MessageSid", BotApplication.NewSid("SM")), ("From", "+12025550177"), ("Body", words), ("FromState", words));
        await PostAsync(Text, ("MessageSid", words), ("From", words), ("To", words), ("Body", words), ("OptOutType", words));
        await PostAsync("/twilio/deliveries/none/status", ("MessageSid", words), ("MessageStatus", "sent"), ("ErrorCode", words));
    }

    /// <summary>Every odd and even cut falls once between the halves of an emoji.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("a")]
    public async Task Long_speech_of_emoji_is_cut_between_characters(string first)
    {
        var document = await PostAsync(
            "/twilio/voice/turn/1", ("CallSid", BotApplication.NewSid("CA")), ("SpeechResult", first + string.Concat(Enumerable.Repeat("😀", 3_000))));

        Assert.DoesNotContain("something went wrong", Spoken(document), StringComparison.OrdinalIgnoreCase);
        Assert.NotNull(document.Root!.Element("Gather"));
    }

    [Theory]
    [InlineData("STOP", "Stop", "OptedOut")]
    [InlineData("START", "Unstop", "OptedIn")]
    [InlineData("HELP", "info", null)]
    public async Task What_the_carrier_has_answered_is_not_answered_again(string type, string body, string? state)
    {
        var before = await Bot.Storage.ScalarAsync<int>("select count(*) from consent_events");

        var document = await PostAsync(Text, ("MessageSid", BotApplication.NewSid("SM")), ("From", $"+1202555018{type.Length.ToString(CultureInfo.InvariantCulture)}"), ("Body", body), ("OptOutType", type));

        Assert.Empty(document.Root!.Elements());
        Assert.Equal(before + (state is null ? 0 : 1), await Bot.Storage.ScalarAsync<int>("select count(*) from consent_events"));
    }

    [Theory]
    [InlineData("anonymous")]
    [InlineData("Anonymous")]
    [InlineData("+266696687")]
    [InlineData("266696687")]
    [InlineData("client:alice")]
    [InlineData("sip:desk@help.example.gov")]
    [InlineData("Анонім")]
    [InlineData("+")]
    [InlineData("")]
    public async Task A_withheld_number_is_no_obstacle(string from)
    {
        var call = BotApplication.NewSid("CA");

        await PostAsync(Incoming, ("CallSid", call), ("From", from), ("To", from));
        var answered = await PostAsync("/twilio/voice/turn/1", ("CallSid", call), ("From", from), ("SpeechResult", "how long is my activation code valid"));
        var texted = await PostAsync(Text, ("MessageSid", BotApplication.NewSid("SM")), ("From", from), ("To", from), ("Body", "how long is my activation code valid"));

        Assert.NotEmpty(Spoken(answered));
        Assert.NotEmpty(Message(texted));
    }

    [Fact]
    public async Task A_transfer_that_was_answered_ends_the_call()
    {
        var document = await PostAsync("/twilio/voice/transfer/3", ("CallSid", BotApplication.NewSid("CA")), ("DialCallStatus", "completed"));

        Assert.Equal(["Hangup"], document.Root!.Elements().Select(verb => verb.Name.LocalName));
    }

    [Theory]
    [InlineData("busy")]
    [InlineData("no-answer")]
    [InlineData("failed")]
    [InlineData("canceled")]
    [InlineData("")]
    public async Task A_transfer_that_nobody_took_goes_on_with_us(string status)
    {
        var call = BotApplication.NewSid("CA");
        await PostAsync("/twilio/voice/turn/1", ("CallSid", call), ("SpeechResult", "help desk"));

        var document = await PostAsync("/twilio/voice/transfer/2", ("CallSid", call), ("DialCallStatus", status));

        Assert.Equal("/twilio/voice/turn/3", document.Root!.Element("Gather")!.Attribute("action")!.Value);
    }

    [Fact]
    public async Task A_hundred_identical_posts_of_a_turn_are_one_turn_with_a_hundred_identical_answers()
    {
        var call = BotApplication.NewSid("CA");
        await PostAsync(Incoming, ("CallSid", call), ("From", "+12025550191"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() =>
            PostTextAsync("/twilio/voice/turn/1", ("CallSid", call), ("From", "+12025550191"), ("SpeechResult", "I need the help desk")))));

        Assert.Single(answers.Distinct(StringComparer.Ordinal));
        Assert.Equal(2, await Bot.Storage.ScalarAsync<int>("select count(*) from turns where conversation_id = @call", new { call }));
        Assert.Equal(1, await Bot.Storage.ScalarAsync<int>("select count(*) from escalations where conversation_id = @call", new { call }));
    }

    [Fact]
    public async Task A_hundred_identical_posts_of_a_text_are_one_turn_with_a_hundred_identical_answers()
    {
        var sid = BotApplication.NewSid("SM");

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() =>
            PostTextAsync(Text, ("MessageSid", sid), ("From", "+12025550192"), ("Body", "agent")))));

        Assert.Single(answers.Distinct(StringComparer.Ordinal));
        Assert.NotEmpty(Message(XDocument.Parse(answers[0])));
        Assert.Equal(1, await Bot.Storage.ScalarAsync<int>("select count(*) from turns where replay_key = @key", new { key = $"sms/{sid}" }));
        Assert.Equal(1, await Bot.Storage.ScalarAsync<int>(
            "select count(*) from escalations where conversation_id = (select conversation_id from turns where replay_key = @key)", new { key = $"sms/{sid}" }));
    }

    [Fact]
    public async Task A_hundred_different_texts_of_one_person_at_once_are_all_answered()
    {
        var sids = Enumerable.Range(0, 100).Select(_ => BotApplication.NewSid("SM")).ToList();

        var answers = await Task.WhenAll(sids.Select(sid => Task.Run(() => PostTextAsync(Text, ("MessageSid", sid), ("From", "+12025550193"), ("Body", "hello")))));

        Assert.All(answers, answer => Assert.NotEmpty(Message(XDocument.Parse(answer))));
        Assert.Equal(100, await Bot.Storage.ScalarAsync<int>("select version from conversations where id = (select conversation_id from turns where replay_key = @key)", new { key = $"sms/{sids[0]}" }));
    }

    static KeyValuePair<string, string>[] Form(params (string Name, string Value)[] fields) => [.. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))];

    string AddressOf(string path) => Bot.Client.BaseAddress!.ToString().TrimEnd('/') + path;

    /// <summary>A signed form, and its answer as bytes read as text.</summary>
    async Task<string> PostTextAsync(string path, params (string Name, string Value)[] fields)
    {
        using var answer = await Bot.PostSignedAsync(path, Form(fields));
        return await AssertTwimlAsync(answer);
    }

    async Task<XDocument> PostAsync(string path, params (string Name, string Value)[] fields) => XDocument.Parse(await PostTextAsync(path, fields));

    /// <summary>A body exactly as written, signed unless a signature is given.</summary>
    async Task<HttpResponseMessage> SendAsync(string path, string body, string? signature = null, bool chunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.TryAddWithoutValidation(
            "X-Twilio-Signature", signature is null ? TwilioSignature.Compute(BotApplication.AuthToken, AddressOf(path), TwilioSignature.ParseQuery(body)) : Uri.EscapeDataString(signature));

        // A server that has heard enough answers while the body is still on its way.
        request.Headers.ExpectContinue = body.Length > 64 * 1024;
        return await Bot.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    static async Task<string> AssertTwimlAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/xml", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("Response", XDocument.Parse(body).Root!.Name.LocalName);
        Assert.DoesNotContain("went wrong", body, StringComparison.OrdinalIgnoreCase);
        return body;
    }

    static string Spoken(XDocument document) => string.Concat(document.Descendants("Say").Select(say => say.Value));

    static string Message(XDocument document) => document.Root!.Element("Message")?.Value ?? "";

    async Task<IReadOnlyList<int>> RowsAsync()
    {
        var rows = new List<int>();
        foreach (var table in tables)
        {
            rows.Add(await Bot.Storage.ScalarAsync<int>($"select count(*) from {table}"));
        }

        return rows;
    }
}
