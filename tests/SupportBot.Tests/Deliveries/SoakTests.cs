using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using SupportBot.Knowledge.ApiKeys;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Deliveries;

/// <summary>Many codes through two processes, one of which is killed again and again, with a carrier that fails.</summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_code_ends_in_one_state_none_is_lost_and_none_is_handed_over_twice_on_one_channel()
    {
        var isFull = Environment.GetEnvironmentVariable("TEST_FULL") is { Length: > 0 };
        var codes = isFull ? 20_000 : 300;
        var token = TestContext.Current.CancellationToken;
        await using var storage = await TestStorage.CreateAsync(Engine.PostgreSql);
        await using var carrier = await FakeCarrier.StartAsync(failPercent: 10);
        string[] settings =
        [
            .. storage.Arguments, .. carrier.Settings, "--Limits:Enabled=false", "--Deliveries:TextDeadline=00:00:20", "--Deliveries:CallDeadline=00:00:20",
            "--Deliveries:AnswerLease=00:00:03", "--Deliveries:LookUpEvery=00:00:02", "--Deliveries:CallsPerSecond=100", "--Deliveries:OutageFewest=1000000", "--Passcodes:Security:Lifetime=01:00:00",
        ];
        var key = (await new ApiKeyStore(storage.Database).AddAsync("agency", ["passcodes"], TimeProvider.System.GetUtcNow(), token))!.Value.Value;
        await using var steady = await BotProcess.StartAsync(settings);
        var worker = await BotProcess.StartIvrAsync(settings);
        using var client = new HttpClient { BaseAddress = steady.Client.BaseAddress, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
        var clock = Stopwatch.StartNew();
        var kills = 0;

        var issuing = Parallel.ForAsync(0, codes, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = token }, async (number, cancellationToken) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/passcodes")
            {
                Content = JsonContent.Create(new
                {
                    kind = "security", account = $"account {number}", contact = $"+1303{2000000 + number}", channel = (string[])["text", "call"], siteHost = "example.gov",
                }),
            };
            request.Headers.Add("Idempotency-Key", $"soak-{number}");
            using var answer = await client.SendAsync(request, cancellationToken);
            Assert.Equal(System.Net.HttpStatusCode.Created, answer.StatusCode);
        });

        // The reports on what a killed process had handed over find nobody, and are not repeated: the carrier is asked.
        const string open = "select count(*) from deliveries where state in ('queued', 'attempting', 'unknown', 'sent') or plan = 1";
        while (!issuing.IsCompleted || await storage.ScalarAsync<int>(open) > 0)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(isFull ? 30 : 3), "The soak does not come to its end.");
            await Task.Delay(TimeSpan.FromSeconds(isFull ? 4 : 2), token);
            await worker.DisposeAsync();
            kills++;
            worker = await BotProcess.StartIvrAsync(settings);
        }

        await issuing;
        await worker.DisposeAsync();
        clock.Stop();

        // On one channel a person gets one code of this soak: by recipient and words of a text, by recipient of a call.
        var twice = carrier.Accepted.GroupBy(request => (request.Resource, To: request.Form["To"][0], Body: request.Form.GetValueOrDefault("Body")?[0])).Count(group => group.Count() > 1)
            + carrier.Accepted.GroupBy(request => (request.Resource, To: request.Form["To"][0])).Count(group => group.Count() > 1);
        var handed = carrier.Accepted.Select(request => request.Form["To"][0]).ToHashSet(StringComparer.Ordinal);
        var texted = carrier.Accepted.Count(request => request.Resource == "Messages");
        var lost = await storage.ScalarAsync<int>("select count(*) from passcodes p where not exists (select 1 from deliveries d where d.passcode_id = p.id and d.state in ('sent', 'delivered', 'undeliverable'))");

        // Read by somebody, or given up on and wiped: one of the two, for every code.
        var unclear = await storage.ScalarAsync<int>(
            """
            select count(*) from passcodes p where 1 <> (select count(*) from deliveries d where d.passcode_id = p.id and d.state = 'delivered')
                + case when p.sealed_code is null and not exists (select 1 from deliveries d where d.passcode_id = p.id and d.state = 'delivered') then 1 else 0 end
            """);
        var attempts = await storage.ScalarAsync<int>("select count(*) from attempts");
        var unknown = await storage.ScalarAsync<int>("select count(*) from delivery_events where state = 'unknown'");
        var delivered = await storage.ScalarAsync<int>("select count(distinct passcode_id) from deliveries where state = 'delivered'");
        output.WriteLine(
            $"{codes} codes in {clock.Elapsed.TotalSeconds:0} s, {kills} kills; {texted} texts and {carrier.Accepted.Count - texted} calls handed over to {handed.Count} people; "
            + $"{attempts} attempts, {unknown} of them once unknown; {delivered} delivered, "
            + $"{twice} handed over twice on one channel, {lost} lost, {unclear} in no final state or in two");
        Assert.Equal(codes, await storage.ScalarAsync<int>("select count(*) from passcodes"));
        Assert.Empty(carrier.UnknownNames);
        Assert.Equal((0, 0, 0), (twice, lost, unclear));
        Assert.Equal(0, await storage.ScalarAsync<int>("select count(*) from (select passcode_id, channel from deliveries group by passcode_id, channel having count(*) > 1) as doubled"));
    }
}
