using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SupportBot.Ivr.Carriers;

namespace SupportBot.Tests.Harness;

/// <summary>A create request that came to the fake carrier.</summary>
sealed record CarriedRequest(string Resource, string Sid, IReadOnlyDictionary<string, string[]> Form, DateTimeOffset At);

/// <summary>
/// Twilio's REST API as far as we use it, over HTTP: refuses every parameter that its own library cannot send, fails in Twilio's ways for magic numbers,
/// and reports to status callbacks, signed.
/// </summary>
sealed class FakeCarrier : IAsyncDisposable
{
    internal const string AccountSid = "AC0123456789abcdef0123456789abcdef";
    internal const string AuthToken = "token-of-the-tests";

    /// <summary>Names that npm twilio 6.2.0 sends for Message create and Call create.</summary>
    static readonly HashSet<string> messageNames = [.. "To StatusCallback ApplicationSid MaxPrice ProvideFeedback Attempt ValidityPeriod ForceDelivery ContentRetention AddressRetention SmartEncoded PersistentAction TrafficType ShortenUrls ScheduleType SendAt SendAsMms ContentVariables RiskCheck From MessagingServiceSid Body MediaUrl ContentSid".Split(' ')];

    static readonly HashSet<string> callNames = [.. "To From Method FallbackUrl FallbackMethod StatusCallback StatusCallbackEvent StatusCallbackMethod SendDigits Timeout Record RecordingChannels RecordingStatusCallback RecordingStatusCallbackMethod SipAuthUsername SipAuthPassword MachineDetection MachineDetectionTimeout RecordingStatusCallbackEvent Trim CallerId MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout AsyncAmd AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod Byoc CallReason CallToken RecordingTrack TimeLimit Url Twiml ApplicationSid ClientNotificationUrl".Split(' ')];

    readonly WebApplication app;
    readonly HttpClient callbacks = new();
    readonly ConcurrentDictionary<string, int> busy = new(StringComparer.Ordinal);

    FakeCarrier(WebApplication app) => this.app = app;

    internal string Address { get; private set; } = "";

    /// <summary>Everything that was accepted, in order.</summary>
    internal ConcurrentQueue<CarriedRequest> Accepted { get; } = new();

    /// <summary>Requests with a parameter that the library cannot send.</summary>
    internal ConcurrentQueue<string> UnknownNames { get; } = new();

    /// <summary>Of a hundred requests so many fail, in equal parts: busy, out of order, refused, hung up on after they were taken, answered with an error page after they were taken.</summary>
    internal int FailPercent { get; init; }

    /// <summary>Whether status callbacks are made.</summary>
    internal bool Reports { get; init; } = true;

    /// <summary>The settings under which a host uses this carrier.</summary>
    internal string[] Settings => [$"--Twilio:AccountSid={AccountSid}", $"--Twilio:AuthToken={AuthToken}", "--Twilio:From=+12025550100", $"--Twilio:ApiBaseUrl={Address}"];

    internal static async Task<FakeCarrier> StartAsync(int failPercent = 0, bool reports = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var host = builder.Build();
        host.Urls.Add("http://127.0.0.1:0");
        var carrier = new FakeCarrier(host) { FailPercent = failPercent, Reports = reports };
        host.MapPost("/2010-04-01/Accounts/{account}/{resource}.json", carrier.CreateAsync);
        host.MapGet("/2010-04-01/Accounts/{account}/{resource}.json", carrier.List);
        await host.StartAsync();
        carrier.Address = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return carrier;
    }

    async Task<IResult> CreateAsync(HttpContext http, string account, string resource)
    {
        var expected = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{AccountSid}:{AuthToken}"));
        if (account != AccountSid || http.Request.Headers.Authorization != $"Basic {expected}")
        {
            return Error(401, 20003);
        }

        var form = await http.Request.ReadFormAsync();
        if (form.Keys.FirstOrDefault(name => !(resource == "Messages" ? messageNames : callNames).Contains(name)) is { } unknown)
        {
            UnknownNames.Enqueue(unknown);
            return Error(400, 599);
        }

        string to = form["To"].ToString();
        if (resource == "Messages" && (form["Body"].ToString().Length is 0 or > 1600))
        {
            return Error(400, 21602);
        }

        var refused = to switch
        {
            "+15005550001" => 21211,
            "+15005550004" => 21610,
            "+15005550009" when resource == "Messages" => 21614,
            _ => 0,
        };
        if (refused > 0)
        {
            return Error(400, refused);
        }

        if (to.EndsWith("1429", StringComparison.Ordinal) && busy.AddOrUpdate(to, 1, (_, times) => times + 1) <= 2)
        {
            http.Response.Headers.RetryAfter = "1";
            return Error(429, 20429);
        }

        var failure = RandomNumberGenerator.GetInt32(100) < FailPercent ? (Failure)RandomNumberGenerator.GetInt32((int)Failure.None) : Failure.None;
        switch (failure)
        {
            case Failure.Busy:
                http.Response.Headers.RetryAfter = "1";
                return Error(429, 20429);
            case Failure.OutOfOrder:
                return Results.Text("oops", statusCode: 500);
            case Failure.Refused:
                return Error(400, 21612);
            default:
                break;
        }

        var sid = SimulatedCarrier.NewSid(resource == "Messages" ? "SM" : "CA");
        Accepted.Enqueue(new(resource, sid, form.ToDictionary(pair => pair.Key, pair => pair.Value.Select(value => value!).ToArray(), StringComparer.Ordinal), TimeProvider.System.GetUtcNow()));
        if (to.EndsWith("1600", StringComparison.Ordinal))
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return Results.Empty;
        }

        if (to.EndsWith("1603", StringComparison.Ordinal))
        {
            // The reports overtake the answer.
            await ReportAsync(sid, resource, form["StatusCallback"].ToString(), to);
        }
        else if (to.EndsWith("1604", StringComparison.Ordinal))
        {
            // Carried out twice, for whatever reason: each says so.
            await ReportAsync(SimulatedCarrier.NewSid("SM"), resource, form["StatusCallback"].ToString(), to);
            await ReportAsync(sid, resource, form["StatusCallback"].ToString(), to);
        }
        else if (Reports)
        {
            _ = ReportAsync(sid, resource, form["StatusCallback"].ToString(), to);
        }

        // Taken, but the caller never learns it.
        if (failure == Failure.HungUp)
        {
            http.Abort();
            return Results.Empty;
        }

        if (to.EndsWith("1602", StringComparison.Ordinal))
        {
            return Results.Text("<html><body>Welcome to the Wi-Fi</body></html>", "text/html");
        }

        return failure == Failure.BrokenPage || to.EndsWith("1601", StringComparison.Ordinal)
            ? Results.Text("<html><body>502 Bad Gateway</body></html>", "text/html", statusCode: 502)
            : Results.Json(new Dictionary<string, object?> { ["sid"] = sid, ["status"] = "queued", ["to"] = to, ["error_code"] = null }, statusCode: 201);
    }

    IResult List(string resource, HttpRequest request)
    {
        var found = Accepted.Where(carried => carried.Resource == resource && carried.Form["To"][0] == request.Query["To"].ToString()).Select(carried => new Dictionary<string, object?>
        {
            ["sid"] = carried.Sid,
            ["to"] = carried.Form["To"][0],
            ["direction"] = "outbound-api",
            ["status"] = resource == "Messages" ? "delivered" : "no-answer",
            ["date_created"] = carried.At.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture),
            ["error_code"] = null,
        });
        return Results.Json(new Dictionary<string, object> { [resource == "Messages" ? "messages" : "calls"] = found });
    }

    async Task ReportAsync(string sid, string resource, string address, string to)
    {
        foreach (var status in resource == "Messages" ? (string[])["sent", "delivered"] : ["ringing", "no-answer"])
        {
            KeyValuePair<string, string>[] form = resource == "Messages"
                ? [new("MessageSid", sid), new("MessageStatus", status), new("To", to)]
                : [new("CallSid", sid), new("CallStatus", status), new("To", to)];
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(form) };
                request.Headers.Add("X-Twilio-Signature", TwilioSignature.Compute(AuthToken, address, form));
                using var answer = await callbacks.SendAsync(request);
            }
            catch (HttpRequestException)
            {
                // As the real one: what finds nobody is not repeated.
            }
        }
    }

    static IResult Error(int status, int code) => Results.Json(
        new Dictionary<string, object> { ["code"] = code, ["message"] = "refused", ["more_info"] = "", ["status"] = status }, statusCode: status);

    enum Failure
    {
        Busy,
        OutOfOrder,
        Refused,
        HungUp,
        BrokenPage,
        None,
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
        callbacks.Dispose();
    }
}
