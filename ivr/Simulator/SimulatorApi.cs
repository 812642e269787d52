using System.Collections.Frozen;
using System.Net.Mime;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using SupportBot.Ivr.Carriers;

namespace SupportBot.Ivr.Simulator;

/// <summary>A phone in the browser: <c>/simulator</c>. Exists only with the simulated carrier.</summary>
public static class SimulatorApi
{
    const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    static readonly FrozenDictionary<string, string> contentTypes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = MediaTypeNames.Image.Svg,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static void MapSimulator(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<IOptions<TwilioOptions>>().Value.IsSimulated)
        {
            return;
        }

        var simulator = app.MapGroup("/simulator").AddEndpointFilter(WithHeadersAsync).DisableAntiforgery();
        simulator.MapGet("", () => Page("simulator.html"));
        simulator.MapGet("/page/{file}", Page);

        var behind = simulator.MapGroup("").AddEndpointFilter(SameOrigin.CheckAsync);
        behind.MapGet("/numbers", (IOptions<TwilioOptions> options) => TypedResults.Ok(Numbers.Of(options.Value)));
        behind.MapGet("/messages", (SimulatedCarrier carrier, string? to) => TypedResults.Ok(carrier.TextsTo(to)));
        behind.MapGet("/calls", (SimulatedCarrier carrier, string? to) => TypedResults.Ok(carrier.CallsTo(to)));
        behind.MapGet("/emails", (EmailCarrier carrier, string? to) => TypedResults.Ok(carrier.To(to)));
        behind.MapPost("/calls/{sid}/{status}", (SimulatedCarrier carrier, string sid, string status) =>
            carrier.SetCallStatus(sid, status) ? Results.NoContent() : Results.NotFound());
        behind.MapPost("/signin", (HttpContext http, SimulatedSignIn signIn) => signIn.IssueAsync(http));
        behind.MapGet("/signin/{id}", (HttpContext http, string id, SimulatedSignIn signIn) => signIn.StandingAsync(http, id));
        behind.MapPost("/signin/{id}/check", (HttpContext http, string id, SimulatedSignIn signIn) => signIn.CheckAsync(http, id));
        behind.MapPost("/letters", (HttpContext http, SimulatedSignIn signIn) => signIn.PrintAsync(http.RequestAborted));
        behind.MapGet("/letters/{batch}/{file}", (string batch, string file, SimulatedSignIn signIn) => signIn.Page(batch, file));
        behind.MapPost("/webhook", (SimulatedWebhook webhook, WebhookRequest request, HttpContext http) => webhook.PostAsync(request, http.RequestAborted));
    }

    static Results<FileStreamHttpResult, NotFound> Page(string file)
    {
        // The files are in the assembly, under their own names: no path can lead elsewhere.
        var stream = typeof(SimulatorApi).Assembly.GetManifestResourceStream($"simulator/{file}");
        return stream is null ? TypedResults.NotFound() : TypedResults.Stream(stream, contentTypes[Path.GetExtension(file)]);
    }

    static ValueTask<object?> WithHeadersAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var headers = context.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        return next(context);
    }

    /// <summary>What the page offers as numbers; the person may type others.</summary>
    sealed record Numbers(string Yours, string Ours)
    {
        public static Numbers Of(TwilioOptions options) => new("+12025550123", options.From is { Length: > 0 } ours ? ours : SimulatedCarrier.OurNumber);
    }
}
