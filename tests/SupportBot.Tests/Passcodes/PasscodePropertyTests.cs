using FsCheck.Fluent;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Passcodes;

/// <summary>Whatever is done with codes, in whatever order.</summary>
public sealed class PasscodePropertyTests
{
    const string Owner = "agency";
    const int MostSteps = 30;

    static readonly DateTimeOffset start = ManualTime.WorkingDay;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static int Runs => Environment.GetEnvironmentVariable("TEST_FULL") is { Length: > 0 } ? 60 : 8;

    [Theory, DatabaseMatrix]
    public async Task In_any_order_a_code_is_accepted_once_and_wrong_tries_stay_within_their_limits(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var sequences = Gen.Elements(Enum.GetValues<Step>()).ListOf(MostSteps).Sample(Runs, Runs);
        foreach (var (run, sequence) in sequences.Index())
        {
            await new Life(storage, $"account {run}", $"+1202555{2000 + run}").RunAsync(sequence);
        }
    }

    [Theory, DatabaseMatrix]
    public async Task In_any_order_and_number_and_all_at_once_receipts_end_in_the_same_state(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        DeliveryState[] usual = [DeliveryState.Sent, DeliveryState.Unknown, DeliveryState.Delivered];
        var sequences = Gen.Elements(usual).ListOf(6).Sample(Runs, Runs);
        foreach (var (run, sequence) in sequences.Index())
        {
            var phone = $"+1202555{3000 + run}";
            await storage.Passcodes.IssueAsync(Request($"account {run}", phone), null, passcode => passcode.Id, start, Token);
            var claimed = Assert.Single(await storage.Deliveries.ClaimAsync(1, start, Token));
            List<DeliveryState> receipts = [.. sequence, DeliveryState.Delivered];

            // Half of the runs one after the other, half all at once.
            foreach (var receipt in run % 2 == 0 ? receipts : [])
            {
                await storage.Deliveries.RecordAsync(claimed.Attempt, receipt, "SM1", null, start, Token);
            }

            await Task.WhenAll((run % 2 == 0 ? [] : receipts).Select(receipt => Task.Run(() => storage.Deliveries.RecordAsync(claimed.Attempt, receipt, "SM1", null, start, Token))));

            Assert.Equal("delivered", await storage.ScalarAsync<string>("select state from deliveries where id = @Id", new { claimed.Id }));
            Assert.Equal("accepted", await storage.ScalarAsync<string>("select state from attempts where id = @Attempt", new { claimed.Attempt }));
            Assert.Equal("SM1", await storage.ScalarAsync<string>("select carrier_sid from attempts where id = @Attempt", new { claimed.Attempt }));
            Assert.Equal(1, await storage.ScalarAsync<int>("select count(*) from delivery_events where delivery_id = @Id and state = 'delivered'", new { claimed.Id }));
        }
    }

    static PasscodeRequest Request(string account, string phone) => new(Owner, PasscodeKind.Security, account, new(phone, null, null), [DeliveryChannel.Text], Language.En, "example.gov");

    enum Step
    {
        Issue,
        Resend,
        TryRight,
        TryFormer,
        TryWrong,
        TryWrongAtOnce,
        TryRightAtOnce,
        Void,
        Wait,
        WaitLong,
        Deliver,
        Fail,
    }

    /// <summary>One account and one number, and what may not happen to them.</summary>
    sealed class Life(TestStorage storage, string account, string phone)
    {
        readonly List<(string Id, string Code)> sent = [];
        readonly Dictionary<string, int> accepted = new(StringComparer.Ordinal);
        readonly Dictionary<string, int> acceptedCodes = new(StringComparer.Ordinal);
        readonly List<DateTimeOffset> wrong = [];
        DateTimeOffset now = start;
        string? id;
        string? attempt;

        internal async Task RunAsync(IEnumerable<Step> steps)
        {
            foreach (var step in steps)
            {
                await TakeAsync(step);
            }

            Assert.All(accepted, pair => Assert.Equal(1, pair.Value));
            Assert.All(acceptedCodes, pair => Assert.Equal(1, pair.Value));
            Assert.Equal(0, await storage.ScalarAsync<int>("select count(*) from passcodes where wrong_tries > @Most", new { Most = storage.PasscodeOptions.Security.WrongTries }));

            // Past the limit of the account, each further try waits for the lock to end.
            var (limit, settings) = (storage.PasscodeOptions.AccountWrongTries, storage.PasscodeOptions);
            foreach (var (index, at) in wrong.Index().Where(pair => pair.Index >= limit && wrong[pair.Index - limit] > pair.Item - settings.AccountWindow))
            {
                Assert.True(at - wrong[index - 1] >= settings.AccountLock, "A locked account was tried.");
            }
        }

        async Task TakeAsync(Step step)
        {
            switch (step)
            {
                case Step.Issue:
                    if (await storage.Passcodes.IssueAsync(Request(account, phone), null, passcode => passcode.Id, now, Token) is IssueOutcome.Issued issued)
                    {
                        id = issued.Passcode.Id;
                        await SendAsync();
                    }

                    break;
                case Step.Resend:
                    if (id is not null && await storage.Passcodes.ResendAsync(Owner, id, null, now, Token) is ResendOutcome.Resent)
                    {
                        await SendAsync();
                    }

                    break;
                case Step.TryRight:
                    await TryAsync(sent.LastOrDefault(), 1);
                    break;
                case Step.TryFormer:
                    await TryAsync(sent.FirstOrDefault(), 1);
                    break;
                case Step.TryRightAtOnce:
                    await TryAsync(sent.LastOrDefault(), 4);
                    break;
                case Step.TryWrong:
                    await TryAsync((id, "nothing"), 1);
                    break;
                case Step.TryWrongAtOnce:
                    await TryAsync((id, "nothing"), 3);
                    break;
                case Step.Void:
                    _ = id is not null && await storage.Passcodes.VoidAsync(Owner, id, now, Token);
                    break;
                case Step.Wait:
                    now += TimeSpan.FromSeconds(70);
                    break;
                case Step.WaitLong:
                    now += TimeSpan.FromMinutes(11);
                    break;
                case Step.Deliver:
                    await RecordAsync(DeliveryState.Delivered, null);
                    break;
                case Step.Fail:
                    await RecordAsync(DeliveryState.Undeliverable, 30003);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(step));
            }
        }

        async Task SendAsync()
        {
            foreach (var claimed in await storage.Deliveries.ClaimAsync(10, now, Token))
            {
                attempt = claimed.Attempt;
                var body = Assert.IsType<Outbound.Text>(storage.Deliveries.Open(claimed, BotApplication.Shipped.Library, now)).Body;
                sent.Add((id!, body[(body.LastIndexOf('#') + 1)..]));
            }
        }

        async Task TryAsync((string? Id, string? Code) typed, int times)
        {
            if (typed is not ({ } passcode, { } code))
            {
                return;
            }

            var before = await storage.ScalarAsync<int>("select count(*) from wrong_tries where passcode_id = @passcode", new { passcode });
            var checks = await Task.WhenAll(Enumerable.Range(0, times).Select(_ => Task.Run(() => storage.Passcodes.CheckAsync(Owner, passcode, code, now, Token))));
            var after = await storage.ScalarAsync<int>("select count(*) from wrong_tries where passcode_id = @passcode", new { passcode });
            wrong.AddRange(Enumerable.Repeat(now, after - before));
            foreach (var _ in checks.OfType<PasscodeCheck.Accepted>())
            {
                accepted[passcode] = accepted.GetValueOrDefault(passcode) + 1;
                acceptedCodes[$"{passcode}/{code}"] = acceptedCodes.GetValueOrDefault($"{passcode}/{code}") + 1;
            }
        }

        async Task RecordAsync(DeliveryState state, int? code)
        {
            if (attempt is not null)
            {
                await storage.Deliveries.RecordAsync(attempt, state, "SM1", code, now, Token);
            }
        }
    }
}
