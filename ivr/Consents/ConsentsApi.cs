using System.Collections.Immutable;
using System.Text.Json;
using SupportBot.Ivr.ApiKeys;
using SupportBot.Ivr.Passcodes;
using SupportBot.Knowledge.ApiKeys;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Signals;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Storage;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Ivr.Consents;

/// <summary>Whose consent is asked for.</summary>
/// <param name="Contact">A phone number, or an object with phone.</param>
public sealed record LookupBody(JsonElement Contact);

/// <summary>A consent that the help desk records for a person.</summary>
/// <param name="State">opted-in or opted-out.</param>
/// <param name="Who">Who recorded it.</param>
/// <param name="Why">What the person said or did.</param>
public sealed record ConsentBody(JsonElement Contact, string State, string Who, string Why);

/// <summary>A line of the ledger.</summary>
/// <param name="Means">keyword, words, phone, carrier or agent.</param>
/// <param name="Sender">Which of our numbers it was said to.</param>
public sealed record ConsentEventView(DateTimeOffset At, string State, string Means, string Words, string? Sender, string Who);

/// <summary>What holds for a number.</summary>
/// <param name="State">opted-in, opted-out or unknown.</param>
/// <param name="At">Since when; null while unknown.</param>
/// <param name="ProvenAt">When a text last reached the phone.</param>
public sealed record ConsentView(string State, DateTimeOffset? At, DateTimeOffset? ProvenAt, ImmutableArray<ConsentEventView> Events);

/// <summary>The opt-out ledger for other systems: <c>/v1/consents</c>. Needs a key with the scope consents.</summary>
public static class ConsentsApi
{
    public static void MapConsents(this RouteGroupBuilder v1, ApiGate gate)
    {
        var consents = v1.MapGroup("/consents").AddEndpointFilter(gate.Requires(ApiScopes.Consents)).WithTags("consents")
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status429TooManyRequests)
            .ProducesValidationProblem(StatusCodes.Status422UnprocessableEntity);
        consents.MapPost("/lookup", LookupAsync).WithName("lookup").WithSummary("Whether a number takes our texts, and what led there.")
            .Accepts<LookupBody>("application/json").Produces<ConsentView>();
        consents.MapPost("", RecordAsync).WithName("record").WithSummary("Record a person's consent, or that they want no more texts.")
            .Accepts<ConsentBody>("application/json").Produces<ConsentView>();
    }

    static async Task<IResult> LookupAsync(HttpContext http, PasscodeFields fields, ConsentStore consents, Database database)
    {
        var (body, refusal) = await ApiBody.ReadAsync(http.Request);
        if (body is null)
        {
            return refusal!;
        }

        body.AllowOnly("contact");
        var number = Number(body, fields);
        return body.IsRight ? TypedResults.Ok(await ViewAsync(number, consents, database, http.RequestAborted)) : body.Refusal;
    }

    static async Task<IResult> RecordAsync(HttpContext http, PasscodeFields fields, ConsentStore consents, Database database, ISignals signals, TimeProvider time)
    {
        var (body, refusal) = await ApiBody.ReadAsync(http.Request);
        if (body is null)
        {
            return refusal!;
        }

        body.AllowOnly("contact", "state", "who", "why");
        var number = Number(body, fields);
        var state = body.Text("state", 20);
        if (state.Length > 0 && state is not ("opted-in" or "opted-out"))
        {
            body.Wrong("state", "must be opted-in or opted-out.");
        }

        var who = body.Text("who", 100);
        var why = body.Text("why", 500);
        if (!body.IsRight)
        {
            return body.Refusal;
        }

        // What somebody typed about a person may hold what nobody should keep.
        var consent = new Effect.RecordConsent(state == "opted-in" ? ConsentState.OptedIn : ConsentState.OptedOut, Redactor.Redact(why).Text, ConsentMeans.Agent);
        await database.WriteAsync(
            transaction => consents.RecordAsync(transaction, number, sender: null, consent, $"{ApiGate.KeyOf(http).Name}: {Redactor.Redact(who).Text}", time.GetUtcNow()),
            http.RequestAborted);
        signals.Raise(DeliveryPlanner.Signal);
        return TypedResults.Ok(await ViewAsync(number, consents, database, http.RequestAborted));
    }

    static PhoneNumber Number(ApiBody body, PasscodeFields fields)
    {
        var text = body.Field("contact") switch
        {
            null => body.Missing("contact"),
            { ValueKind: JsonValueKind.Object } given => body.Members("contact", given, "phone").TryGetValue("phone", out var phone)
                ? fields.Phone(body, "contact.phone", phone) : body.Missing("contact.phone"),
            { } given => fields.Phone(body, "contact", given),
        };
        return PhoneNumber.TryParse(text, out var number) ? number : default;
    }

    static async Task<ConsentView> ViewAsync(PhoneNumber number, ConsentStore consents, Database database, CancellationToken cancellationToken)
    {
        var record = await database.ReadAsync(connection => consents.RecordOfAsync(connection, number), cancellationToken);
        var state = record.State switch
        {
            ConsentState.Unknown => "unknown",
            ConsentState.OptedIn => "opted-in",
            ConsentState.OptedOut => "opted-out",
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return new(
            state, record.Events.IsEmpty ? null : record.Events[^1].At, record.ProvenAt,
            [.. record.Events.Select(line => new ConsentEventView(line.At, line.State, line.Means, line.Words, line.Sender, line.RecordedBy))]);
    }
}
