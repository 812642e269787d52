using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using SupportBot.Ivr.ApiKeys;
using SupportBot.Knowledge.ApiKeys;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Secrets;
using SupportBot.Knowledge.Signals;

namespace SupportBot.Ivr.Passcodes;

/// <summary>A request for a code.</summary>
/// <param name="Kind">activation, security or reset.</param>
/// <param name="Account">As the caller names it: what wrong tries are counted for.</param>
/// <param name="Contact">A phone number, or an object with phone, email, address {name, line1, line2, city, state, zip}.</param>
/// <param name="Channel">text, call, mail or email, or a list in the order to be tried.</param>
/// <param name="Locale">en or es.</param>
/// <param name="SiteHost">Domain of the page that the code is typed into.</param>
public sealed record PasscodeBody(string Kind, string Account, JsonElement Contact, JsonElement? Channel, string? Locale, string? SiteHost);

/// <summary>A passcode, never with its code.</summary>
/// <param name="State">queued, sent, delivered, undeliverable, accepted, expired, voided or locked.</param>
public sealed record PasscodeView(string Id, string Kind, string State, string Channel, DateTimeOffset ExpiresAt);

/// <summary>A code as a person typed it.</summary>
public sealed record CheckBody(string Code);

/// <summary>What came of a try.</summary>
/// <param name="Result">accepted, wrong, expired, used, superseded, voided or locked.</param>
/// <param name="AttemptsLeft">How many more wrong tries the code takes.</param>
public sealed record CheckView(string Result, int AttemptsLeft);

/// <summary>A wish for another channel; empty for the same.</summary>
public sealed record ResendBody(string? Channel);

/// <summary>A line of the timeline.</summary>
public sealed record EventView(DateTimeOffset At, string? Channel, string State, string? Reason);

/// <summary>A passcode and what became of it, oldest first.</summary>
public sealed record StoryView(string Id, string Kind, string State, DateTimeOffset ExpiresAt, ImmutableArray<EventView> Timeline);

/// <summary>Codes for an agency's sign-in system: <c>/v1/passcodes</c>. Needs a key with the scope passcodes.</summary>
public static class PasscodesApi
{
    const int MostCode = 64;
    const int MostIdempotencyKey = 255;

    static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web);

    public static void MapPasscodes(this RouteGroupBuilder v1, ApiGate gate)
    {
        var passcodes = v1.MapGroup("/passcodes").AddEndpointFilter(gate.Requires(ApiScopes.Passcodes)).WithTags("passcodes")
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status429TooManyRequests);
        passcodes.MapPost("", IssueAsync).WithName("issue").WithSummary("Issue a code and send it. The same Idempotency-Key and body get the first answer again.")
            .Accepts<PasscodeBody>("application/json").Produces<PasscodeView>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesValidationProblem(StatusCodes.Status422UnprocessableEntity);
        passcodes.MapGet("/{id}", StoryAsync).WithName("story").WithSummary("What became of a code.")
            .Produces<StoryView>().ProducesProblem(StatusCodes.Status404NotFound);
        passcodes.MapPost("/{id}/check", CheckAsync).WithName("check").WithSummary("Try a code. Always 200 for a code that exists.")
            .Accepts<CheckBody>("application/json").Produces<CheckView>()
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesValidationProblem(StatusCodes.Status422UnprocessableEntity);
        passcodes.MapPost("/{id}/resend", ResendAsync).WithName("resend").WithSummary("Send a new code under the same id; the one before no longer works.")
            .Accepts<ResendBody>(isOptional: true, "application/json").Produces<PasscodeView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict).ProducesValidationProblem(StatusCodes.Status422UnprocessableEntity);
        passcodes.MapDelete("/{id}", VoidAsync).WithName("void").WithSummary("Take a code back.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound);
    }

    static async Task<IResult> IssueAsync(
        HttpContext http, [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey, PasscodeFields fields, PasscodeStore passcodes, SecretKeys secrets, ISignals signals, TimeProvider time)
    {
        if (string.IsNullOrWhiteSpace(idempotencyKey) || idempotencyKey.Length > MostIdempotencyKey || idempotencyKey.Any(char.IsControl))
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "Idempotency-Key is required.", $"A header of 1 to {MostIdempotencyKey} characters, new for every new request.");
        }

        var (body, refusal) = await ApiBody.ReadAsync(http.Request);
        if (body is null)
        {
            return refusal!;
        }

        var owner = ApiGate.KeyOf(http).Name;
        var request = fields.Read(body, owner);
        if (!body.IsRight)
        {
            return body.Refusal;
        }

        // The same fields are the same request, however they are written.
        var idempotency = new IdempotencyKey(secrets.Fingerprint("idempotency-key", idempotencyKey), secrets.Fingerprint("request", JsonSerializer.Serialize(request)));
        var outcome = await passcodes.IssueAsync(request, idempotency, passcode => JsonSerializer.Serialize(View(passcode), json), time.GetUtcNow(), http.RequestAborted);
        switch (outcome)
        {
            case IssueOutcome.Issued issued:
                signals.Raise(DeliveryStore.SignalOf(issued.Passcode.Channel));
                return Created(http, issued.Answer);
            case IssueOutcome.Repeated repeated:
                return Created(http, repeated.Answer);
            case IssueOutcome.OtherRequest:
                return Problems.Fields(new Dictionary<string, string[]>(StringComparer.Ordinal) { ["Idempotency-Key"] = ["was used for another request."] });
            case IssueOutcome.Limited limited:
                return Limited(limited.Limit.RetryAfter);
            default:
                throw new UnreachableException();
        }
    }

    static ContentHttpResult Created(HttpContext http, string answer)
    {
        using var document = JsonDocument.Parse(answer);
        http.Response.Headers.Location = $"/v1/passcodes/{document.RootElement.GetProperty("id").GetString()}";
        return TypedResults.Content(answer, "application/json", statusCode: StatusCodes.Status201Created);
    }

    static async Task<IResult> StoryAsync(HttpContext http, string id, PasscodeStore passcodes, DeliveryStore deliveries, TimeProvider time)
    {
        var story = await passcodes.StoryAsync(ApiGate.KeyOf(http).Name, id, time.GetUtcNow(), http.RequestAborted);
        if (story is null)
        {
            return NotFound();
        }

        var timeline = story.Timeline.Select(line => new EventView(line.At, line.Channel?.Name(), line.State, line.Reason)).ToImmutableArray();
        if (timeline is [.., { State: "queued", Channel: "call", Reason: null } last])
        {
            // Calls go out one a second: said honestly.
            var wait = await deliveries.CallQueueAsync(http.RequestAborted);
            timeline = timeline.SetItem(timeline.Length - 1, last with { Reason = string.Create(CultureInfo.InvariantCulture, $"waits-{Math.Ceiling(wait.TotalSeconds)}-seconds") });
        }

        return TypedResults.Ok(new StoryView(story.Summary.Id, story.Summary.Kind.Name(), story.Summary.State, story.Summary.ExpiresAt, timeline));
    }

    static async Task<IResult> CheckAsync(HttpContext http, string id, PasscodeStore passcodes, TimeProvider time)
    {
        var (body, refusal) = await ApiBody.ReadAsync(http.Request);
        if (body is null)
        {
            return refusal!;
        }

        body.AllowOnly("code");
        var code = body.Text("code", MostCode);
        if (!body.IsRight)
        {
            return body.Refusal;
        }

        var now = time.GetUtcNow();
        var check = await passcodes.CheckAsync(ApiGate.KeyOf(http).Name, id, code, now, http.RequestAborted);
        if (check is PasscodeCheck.Locked { Until: { } until })
        {
            http.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling((until - now).TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return check switch
        {
            null => NotFound(),
            PasscodeCheck.Accepted => TypedResults.Ok(new CheckView("accepted", 0)),
            PasscodeCheck.Wrong wrong => TypedResults.Ok(new CheckView("wrong", wrong.AttemptsLeft)),
            PasscodeCheck.Expired => TypedResults.Ok(new CheckView("expired", 0)),
            PasscodeCheck.Used => TypedResults.Ok(new CheckView("used", 0)),
            PasscodeCheck.Superseded superseded => TypedResults.Ok(new CheckView("superseded", superseded.AttemptsLeft)),
            PasscodeCheck.Voided => TypedResults.Ok(new CheckView("voided", 0)),
            PasscodeCheck.Locked => TypedResults.Ok(new CheckView("locked", 0)),
            _ => throw new UnreachableException(),
        };
    }

    static async Task<IResult> ResendAsync(HttpContext http, string id, PasscodeStore passcodes, ISignals signals, TimeProvider time)
    {
        var (body, refusal) = await ApiBody.ReadAsync(http.Request, isOptional: true);
        if (body is null)
        {
            return refusal!;
        }

        var channel = PasscodeFields.Channel(body);
        if (!body.IsRight)
        {
            return body.Refusal;
        }

        switch (await passcodes.ResendAsync(ApiGate.KeyOf(http).Name, id, channel, time.GetUtcNow(), http.RequestAborted))
        {
            case ResendOutcome.Resent resent:
                signals.Raise(DeliveryStore.Signal);
                return TypedResults.Accepted($"/v1/passcodes/{id}", View(resent.Passcode));
            case ResendOutcome.Unknown:
                return NotFound();
            case ResendOutcome.Ended ended:
                return Problems.Of(StatusCodes.Status409Conflict, "This passcode has ended.", $"It is {ended.State.ToString().ToLowerInvariant()}; issue a new one.");
            case ResendOutcome.NotThere notThere:
                body.Wrong("channel", $"{notThere.Channel.Name()} is not allowed for this code, or its contact lacks what it needs.");
                return body.Refusal;
            case ResendOutcome.Limited limited:
                return Limited(limited.Limit.RetryAfter);
            default:
                throw new UnreachableException();
        }
    }

    static async Task<IResult> VoidAsync(HttpContext http, string id, PasscodeStore passcodes, TimeProvider time) =>
        await passcodes.VoidAsync(ApiGate.KeyOf(http).Name, id, time.GetUtcNow(), http.RequestAborted) ? TypedResults.NoContent() : NotFound();

    static PasscodeView View(PasscodeSummary passcode) => new(passcode.Id, passcode.Kind.Name(), passcode.State, passcode.Channel.Name(), passcode.ExpiresAt);

    static IResult NotFound() => Problems.Of(StatusCodes.Status404NotFound, "There is no such passcode.");

    /// <summary>Which limit it was stays ours: the answer must not tell whether a number or account is known.</summary>
    static IResult Limited(TimeSpan retryAfter) => Problems.Limited("Too many codes; wait, then try again.", retryAfter);
}
