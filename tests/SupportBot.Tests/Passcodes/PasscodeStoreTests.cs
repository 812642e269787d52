using System.Collections.Immutable;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Passcodes;

public sealed class PasscodeStoreTests
{
    const string Owner = "agency";

    static readonly DateTimeOffset at = ManualTime.WorkingDay;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, DatabaseMatrix]
    public async Task A_code_is_sent_accepted_once_and_wiped(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var id = await IssueAsync(storage);
        var code = await SentCodeAsync(storage);

        Assert.IsType<PasscodeCheck.Accepted>(await storage.Passcodes.CheckAsync(Owner, id, code[..3] + " " + code[3..], at, Token));
        Assert.IsType<PasscodeCheck.Used>(await storage.Passcodes.CheckAsync(Owner, id, code, at, Token));
        Assert.Null(await storage.ScalarAsync<string>("select sealed_code from passcodes"));
        Assert.Equal("accepted", (await StoryAsync(storage, id)).Summary.State);
    }

    [Theory, DatabaseMatrix]
    public async Task A_hundred_right_tries_at_once_are_accepted_once(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var id = await IssueAsync(storage);
        var code = await SentCodeAsync(storage);

        var checks = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => storage.Passcodes.CheckAsync(Owner, id, code, at, Token))));

        Assert.Single(checks, check => check is PasscodeCheck.Accepted);
        Assert.Equal(99, checks.Count(check => check is PasscodeCheck.Used));
    }

    [Theory, DatabaseMatrix]
    public async Task Wrong_tries_at_once_never_exceed_the_limit(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var id = await IssueAsync(storage);

        var checks = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => storage.Passcodes.CheckAsync(Owner, id, "nothing", at, Token))));

        Assert.Equal(4, checks.Count(check => check is PasscodeCheck.Wrong));
        Assert.Equal(36, checks.Count(check => check is PasscodeCheck.Locked));
        Assert.Equal(5, await storage.ScalarAsync<int>("select count(*) from wrong_tries"));
    }

    [Theory, DatabaseMatrix]
    public async Task Neither_a_resend_nor_a_new_code_gives_new_tries(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var first = await IssueAsync(storage);
        await WrongAsync(storage, first, 2, at);
        Assert.IsType<ResendOutcome.Resent>(await storage.Passcodes.ResendAsync(Owner, first, null, at.AddMinutes(2), Token));
        Assert.Equal(new PasscodeCheck.Wrong(2), await storage.Passcodes.CheckAsync(Owner, first, "x", at.AddMinutes(2), Token));

        var second = await IssueAsync(storage, now: at.AddMinutes(3));

        Assert.Equal(new PasscodeCheck.Wrong(1), await storage.Passcodes.CheckAsync(Owner, second, "x", at.AddMinutes(3), Token));
        Assert.IsType<PasscodeCheck.Locked>(await storage.Passcodes.CheckAsync(Owner, second, "x", at.AddMinutes(3), Token));
        Assert.IsType<PasscodeCheck.Superseded>(await storage.Passcodes.CheckAsync(Owner, first, "x", at.AddMinutes(3), Token));
    }

    [Theory, DatabaseMatrix]
    public async Task Ten_wrong_tries_lock_the_account_and_a_new_code_does_not_open_it(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        await WrongAsync(storage, await IssueAsync(storage), 5, at);
        await WrongAsync(storage, await IssueAsync(storage), 5, at);

        var id = await IssueAsync(storage);
        var code = await SentCodeAsync(storage);
        var locked = Assert.IsType<PasscodeCheck.Locked>(await storage.Passcodes.CheckAsync(Owner, id, code, at, Token));
        var other = await IssueAsync(storage, account: "someone else");
        var otherCheck = await storage.Passcodes.CheckAsync(Owner, other, "x", at, Token);
        storage.PasscodeOptions.Security.Lifetime = TimeSpan.FromHours(1);
        var later = await storage.Passcodes.CheckAsync(Owner, id, code, at.AddMinutes(9.9), Token);

        Assert.Equal(at.AddMinutes(10), locked.Until);
        Assert.IsType<PasscodeCheck.Wrong>(otherCheck);
        Assert.IsType<PasscodeCheck.Locked>(later);
    }

    [Theory, DatabaseMatrix]
    public async Task A_resend_keeps_the_id_and_replaces_the_code(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var id = await IssueAsync(storage);
        var former = await SentCodeAsync(storage);

        Assert.IsType<ResendOutcome.Resent>(await storage.Passcodes.ResendAsync(Owner, id, null, at, Token));
        Assert.IsType<ResendOutcome.Limited>(await storage.Passcodes.ResendAsync(Owner, id, null, at.AddSeconds(59), Token));
        var text = await SentTextAsync(storage, at);
        var current = text[(text.LastIndexOf('#') + 1)..];

        Assert.Contains("Earlier codes no longer work", text, StringComparison.Ordinal);
        Assert.Equal(new PasscodeCheck.Superseded(5), await storage.Passcodes.CheckAsync(Owner, id, former, at, Token));
        Assert.IsType<PasscodeCheck.Accepted>(await storage.Passcodes.CheckAsync(Owner, id, current, at, Token));
        Assert.Equal(new ResendOutcome.Ended(PasscodeState.Accepted), await storage.Passcodes.ResendAsync(Owner, id, null, at.AddHours(1), Token));
    }

    [Theory, DatabaseMatrix]
    public async Task A_voided_code_is_not_sent_any_more(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var id = await IssueAsync(storage);

        Assert.False(await storage.Passcodes.VoidAsync("another owner", id, at, Token));
        Assert.True(await storage.Passcodes.VoidAsync(Owner, id, at, Token));

        Assert.Empty(await storage.Deliveries.ClaimAsync(10, at, Token));
        Assert.Equal("voided", (await StoryAsync(storage, id)).Summary.State);
        Assert.IsType<PasscodeCheck.Voided>(await storage.Passcodes.CheckAsync(Owner, id, "x", at, Token));
    }

    [Theory, DatabaseMatrix]
    public async Task A_code_that_is_over_before_it_is_sent_is_not_sent(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var id = await IssueAsync(storage);

        Assert.Empty(await storage.Deliveries.ClaimAsync(10, at.AddMinutes(10), Token));
        Assert.Equal("canceled", await storage.ScalarAsync<string>("select state from deliveries"));
        Assert.Equal(1, await storage.Passcodes.ExpireAsync(10, BotApplication.Shipped.Library, at.AddMinutes(10), Token));
        Assert.Equal("expired", await storage.ScalarAsync<string>("select state from passcodes where id = @id", new { id }));
        Assert.Null(await storage.ScalarAsync<string>("select sealed_code from passcodes"));
    }

    [Theory, DatabaseMatrix]
    public async Task An_opted_out_contact_is_called_instead_or_told_honestly(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        await OptOutAsync(storage, at);

        var textOnly = await OutcomeAsync(storage, channels: [DeliveryChannel.Text]);
        var either = await OutcomeAsync(storage, account: "other", channels: [DeliveryChannel.Text, DeliveryChannel.Call]);

        Assert.Equal("undeliverable", textOnly.Passcode.State);
        Assert.Equal(DeliveryReasons.OptedOut, Assert.Single((await StoryAsync(storage, textOnly.Passcode.Id)).Timeline).Reason);
        Assert.Null(await storage.ScalarAsync<string>("select sealed_code from passcodes where id = @id", new { id = textOnly.Passcode.Id }));
        Assert.Equal(("queued", DeliveryChannel.Call), (either.Passcode.State, either.Passcode.Channel));
    }

    [Theory, DatabaseMatrix]
    public async Task STOP_between_issue_and_sending_leads_to_the_next_channel_with_the_same_code(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var id = await IssueAsync(storage, channels: [DeliveryChannel.Text, DeliveryChannel.Call]);
        await OptOutAsync(storage, at);

        Assert.Equal(1, await storage.OpenPlanner(storage.Database).RunAsync(Token));

        Assert.Empty(await storage.Deliveries.ClaimAsync(10, at, Token));
        var call = Assert.Single(await storage.Deliveries.ClaimCallAsync(at, Token));
        Assert.Equal(DeliveryChannel.Call, call.Channel);
        Assert.Equal(1, call.Code!.Generation);
        Assert.Contains((await StoryAsync(storage, id)).Timeline, line => line is { State: "undeliverable", Reason: "opted-out" });
    }

    [Theory, DatabaseMatrix]
    public async Task Calls_go_out_one_a_second(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        for (var person = 0; person < 3; person++)
        {
            await IssueAsync(storage, account: $"account {person}", phone: $"+1202555013{person}", channels: [DeliveryChannel.Call]);
        }

        Assert.Equal(TimeSpan.FromSeconds(3), await storage.Deliveries.CallQueueAsync(Token));
        Assert.Single(await storage.Deliveries.ClaimCallAsync(at, Token));
        Assert.Empty(await storage.Deliveries.ClaimCallAsync(at.AddMilliseconds(900), Token));
        Assert.Single(await storage.Deliveries.ClaimCallAsync(at.AddSeconds(1), Token));
        Assert.Single(await storage.Deliveries.ClaimCallAsync(at.AddHours(-1), Token));
    }

    [Theory, DatabaseMatrix]
    public async Task A_text_without_a_receipt_is_followed_by_a_call_at_its_deadline_and_never_by_another_text(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var planner = storage.OpenPlanner(storage.Database);
        await IssueAsync(storage, channels: [DeliveryChannel.Text, DeliveryChannel.Call]);
        var text = Assert.Single(await storage.Deliveries.ClaimAsync(10, at, Token));
        await storage.Deliveries.RecordAsync(text.Attempt, DeliveryState.Sent, "SM1", null, at, Token);

        Assert.Equal(0, await planner.RunAsync(Token));
        storage.Time.Advance(storage.DeliveryOptions.TextDeadline);
        Assert.Equal(1, await planner.RunAsync(Token));
        var call = Assert.Single(await storage.Deliveries.ClaimCallAsync(storage.Time.GetUtcNow(), Token));
        await storage.Deliveries.RecordAsync(call.Attempt, DeliveryState.Undeliverable, "CA1", null, storage.Time.GetUtcNow(), Token, DeliveryReasons.Busy);
        Assert.Equal(1, await planner.RunAsync(Token));

        Assert.Equal(0, await planner.RunAsync(Token));
        Assert.Equal(2, await storage.ScalarAsync<int>("select count(*) from deliveries"));
        Assert.Null(await storage.ScalarAsync<string>("select sealed_code from passcodes"));
        Assert.Equal(DeliveryState.Delivered, await storage.Deliveries.RecordAsync(text.Attempt, DeliveryState.Delivered, "SM1", null, at, Token));
    }

    [Theory, DatabaseMatrix]
    public async Task An_attempt_whose_worker_died_is_unknown_then_given_up_for_the_next_channel(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var planner = storage.OpenPlanner(storage.Database);
        var id = await IssueAsync(storage, channels: [DeliveryChannel.Text, DeliveryChannel.Call]);
        var text = Assert.Single(await storage.Deliveries.ClaimAsync(10, at, Token));

        storage.Time.Advance(storage.DeliveryOptions.AnswerLease);
        await planner.RunAsync(Token);
        Assert.Equal("unknown", await storage.ScalarAsync<string>("select state from deliveries"));
        Assert.Equal("sent", (await StoryAsync(storage, id)).Summary.State);
        var lookUp = await storage.Deliveries.ClaimLookUpAsync(storage.Time.GetUtcNow().AddMinutes(1), Token);
        Assert.Equal((text.Attempt, at), (lookUp!.Attempt, lookUp.StartedAt));
        storage.Time.Advance(storage.DeliveryOptions.TextDeadline);
        await planner.RunAsync(Token);

        Assert.Equal("undeliverable", await storage.ScalarAsync<string>("select state from deliveries where channel = 'text'"));
        Assert.Empty(await storage.Deliveries.ClaimAsync(10, storage.Time.GetUtcNow(), Token));
        Assert.Single(await storage.Deliveries.ClaimCallAsync(storage.Time.GetUtcNow(), Token));
    }

    [Theory, DatabaseMatrix]
    public async Task A_number_that_takes_no_texts_is_called_next_time(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        await IssueAsync(storage);
        var text = Assert.Single(await storage.Deliveries.ClaimAsync(10, at, Token));
        await storage.Deliveries.RecordAsync(text.Attempt, DeliveryState.Undeliverable, null, 30006, at, Token);
        await storage.OpenPlanner(storage.Database).RunAsync(Token);

        var next = await OutcomeAsync(storage, channels: [DeliveryChannel.Text, DeliveryChannel.Call]);

        Assert.Equal(DeliveryChannel.Call, next.Passcode.Channel);
        Assert.Equal("takes-no-texts", (await StoryAsync(storage, next.Passcode.Id)).Timeline[0].Reason);
    }

    [Theory, DatabaseMatrix]
    public async Task Receipts_in_any_order_and_number_end_in_the_same_state(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        DeliveryState[] receipts = [DeliveryState.Sent, DeliveryState.Unknown, DeliveryState.Delivered, DeliveryState.Sent];
        for (var round = 0; round < 8; round++)
        {
            var id = await IssueAsync(storage, account: $"account {round}");
            var text = Assert.Single(await storage.Deliveries.ClaimAsync(10, at, Token));

            await Task.WhenAll(receipts.Concat(receipts).Select(receipt => Task.Run(() => storage.Deliveries.RecordAsync(text.Attempt, receipt, "SM1", null, at, Token))));

            Assert.Equal("delivered", (await StoryAsync(storage, id)).Summary.State);
        }
    }

    [Theory, DatabaseMatrix]
    public async Task The_same_request_at_once_issues_one_code(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var key = new IdempotencyKey("key", "request");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => storage.Passcodes.IssueAsync(Request(), key, passcode => passcode.Id, at, Token))));

        Assert.Single(outcomes, outcome => outcome is IssueOutcome.Issued);
        Assert.Single(outcomes.Select(outcome => outcome switch { IssueOutcome.Issued issued => issued.Answer, IssueOutcome.Repeated repeated => repeated.Answer, _ => "" }).Distinct());
        Assert.IsType<IssueOutcome.OtherRequest>(await storage.Passcodes.IssueAsync(Request(), key with { Request = "another" }, passcode => passcode.Id, at, Token));
        Assert.Equal(1, await storage.ScalarAsync<int>("select count(*) from passcodes"));
    }

    [Theory, DatabaseMatrix]
    public async Task An_activation_code_is_brought_to_mind_once_and_only_with_consent(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var library = BotApplication.Shipped.Library;
        await IssueAsync(storage, kind: PasscodeKind.Activation, channels: [DeliveryChannel.Call]);
        await IssueAsync(storage, account: "consenting", phone: "+12025550139", kind: PasscodeKind.Activation, channels: [DeliveryChannel.Call]);
        await ConsentAsync(storage, "+12025550139", ConsentState.OptedIn, at);

        Assert.Equal(0, await storage.Passcodes.RemindAsync(10, library, at.AddDays(13), Token));
        Assert.Equal(2, await storage.Passcodes.RemindAsync(10, library, at.AddDays(14), Token));
        Assert.Equal(0, await storage.Passcodes.RemindAsync(10, library, at.AddDays(15), Token));

        var reminder = Assert.Single(await storage.Deliveries.ClaimAsync(10, at.AddDays(14), Token));
        var text = Assert.IsType<Outbound.Text>(storage.Deliveries.Open(reminder, library, at));
        Assert.Equal("+12025550139", text.To.Value);
        Assert.Contains("December 16, 2026", text.Body, StringComparison.Ordinal);
        await storage.Passcodes.ExpireAsync(10, library, at.AddDays(30), Token);
        Assert.Single(await storage.Deliveries.ClaimAsync(10, at.AddDays(30), Token));
    }

    [Theory, DatabaseMatrix]
    public async Task Too_many_codes_to_one_contact_are_refused_with_the_time_to_wait(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        storage.LimitOptions.ContactPerTenMinutes = 2;
        await IssueAsync(storage);
        await IssueAsync(storage, account: "second");

        var limited = Assert.IsType<IssueOutcome.Limited>(await storage.Passcodes.IssueAsync(Request(account: "third"), null, passcode => "", at, Token));

        Assert.InRange(limited.Limit.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Assert.Equal(2, await storage.ScalarAsync<int>("select count(*) from passcodes"));
        Assert.IsType<IssueOutcome.Issued>(await storage.Passcodes.IssueAsync(Request(account: "third"), null, passcode => "", at.AddMinutes(10), Token));
    }

    [Theory, DatabaseMatrix]
    public async Task A_code_outlives_a_rotation_of_the_key(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var id = await IssueAsync(storage);
        var fresh = new string('7', 64);
        await File.WriteAllTextAsync(storage.KeyFile, $"{fresh}\n{await File.ReadAllTextAsync(storage.KeyFile, Token)}", Token);

        var rotated = storage.OpenSecrets(storage.Database);
        var hasher = new PasscodeHasher(rotated);
        var claimed = Assert.Single(await storage.Deliveries.ClaimAsync(10, at, Token));
        var code = PasscodeStore.OpenCode(rotated, claimed.Code!);
        var hash = new PasscodeHash(
            (await storage.ScalarAsync<string>("select hash from passcodes"))!, (await storage.ScalarAsync<string>("select hash_key from passcodes"))!);

        Assert.True(hasher.Matches(hash, id, code));
        Assert.NotEqual(hash.Key, hasher.Hash(id, code).Key);
        Assert.Equal(storage.Secrets.Fingerprint(Number("+12025550123")), rotated.Fingerprint(Number("+12025550123")));
    }

    [Theory, DatabaseMatrix]
    public async Task Nothing_that_identifies_a_person_is_readable_in_the_tables(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        await IssueAsync(storage, account: "ACCT-77881");
        var code = await SentCodeAsync(storage);

        foreach (var (table, column) in ((string, string)[])[
            ("passcodes", "id || account || sealed_contact || coalesce(sealed_code, '') || hash"), ("deliveries", "sealed_number || coalesce(sealed_body, '') || fingerprint"),
            ("limit_counters", "subject"), ("contacts", "fingerprint"), ("accounts", "fingerprint")])
        {
            Assert.Equal(0, await storage.ScalarAsync<int>($"select count(*) from {table} where {column} like '%2025550123%' or {column} like '%77881%' or {column} like @code", new { code = $"%{code}%" }));
        }
    }

    static PhoneNumber Number(string text) => PhoneNumber.TryParse(text, out var number) ? number : throw new FormatException(text);

    static PasscodeRequest Request(
        string account = "account", string phone = "+12025550123", PasscodeKind kind = PasscodeKind.Security, ImmutableArray<DeliveryChannel> channels = default) =>
        new(Owner, kind, account, new(phone, null, null), channels.IsDefault ? [DeliveryChannel.Text] : channels, Language.En, "example.gov");

    static async Task<IssueOutcome.Issued> OutcomeAsync(
        TestStorage storage, string account = "account", string phone = "+12025550123", PasscodeKind kind = PasscodeKind.Security,
        ImmutableArray<DeliveryChannel> channels = default, DateTimeOffset? now = null) =>
        Assert.IsType<IssueOutcome.Issued>(await storage.Passcodes.IssueAsync(Request(account, phone, kind, channels), null, passcode => passcode.Id, now ?? at, Token));

    static async Task<string> IssueAsync(
        TestStorage storage, string account = "account", string phone = "+12025550123", PasscodeKind kind = PasscodeKind.Security,
        ImmutableArray<DeliveryChannel> channels = default, DateTimeOffset? now = null) => (await OutcomeAsync(storage, account, phone, kind, channels, now)).Passcode.Id;

    static async Task<string> SentTextAsync(TestStorage storage, DateTimeOffset now)
    {
        var claimed = (await storage.Deliveries.ClaimAsync(10, now, Token))[^1];
        return Assert.IsType<Outbound.Text>(storage.Deliveries.Open(claimed, BotApplication.Shipped.Library, now)).Body;
    }

    static async Task<string> SentCodeAsync(TestStorage storage)
    {
        var text = await SentTextAsync(storage, at);
        return text[(text.LastIndexOf('#') + 1)..];
    }

    static async Task WrongAsync(TestStorage storage, string id, int times, DateTimeOffset now)
    {
        for (var time = 0; time < times; time++)
        {
            await storage.Passcodes.CheckAsync(Owner, id, "wrong", now, Token);
        }
    }

    static Task OptOutAsync(TestStorage storage, DateTimeOffset now) => ConsentAsync(storage, "+12025550123", ConsentState.OptedOut, now);

    static Task ConsentAsync(TestStorage storage, string number, ConsentState state, DateTimeOffset now) => storage.WriteAsync(async transaction =>
    {
        await storage.Consents.RecordAsync(transaction, Number(number), null, new(state, "STOP", ConsentMeans.Keyword), "person", now);
        return true;
    });

    static async Task<PasscodeStory> StoryAsync(TestStorage storage, string id) => (await storage.Passcodes.StoryAsync(Owner, id, at, Token))!;
}
