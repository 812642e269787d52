using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.ApiKeys;
using SupportBot.Knowledge.Limits;

namespace SupportBot.Ivr.ApiKeys;

/// <summary>Lets holders of a key in: 401 without one, 403 without the scope, 429 above its rate.</summary>
/// <remarks>Rates are counted in this process, so that a request costs the database nothing before it is let in.</remarks>
public sealed partial class ApiGate(ApiKeyStore keys, IOptionsMonitor<LimitOptions> limits, TimeProvider time, ILogger<ApiGate> logger)
{
    const int MostCounted = 10_000;

    static readonly TimeSpan keyWindow = TimeSpan.FromMinutes(1);
    static readonly TimeSpan addressWindow = TimeSpan.FromMinutes(10);

    readonly ConcurrentDictionary<string, Rate> rates = new(StringComparer.Ordinal);

    /// <summary>The key of a request that was let in.</summary>
    public static ApiKey KeyOf(HttpContext http) => (ApiKey)http.Items[typeof(ApiKey)]!;

    /// <summary>The filter of a group whose routes need a scope.</summary>
    public Func<EndpointFilterInvocationContext, EndpointFilterDelegate, ValueTask<object?>> Requires(string scope) => async (context, next) =>
    {
        try
        {
            return await LetInAsync(scope, context, next);
        }
        catch (Exception exception) when (exception is DbException or TimeoutException && !context.HttpContext.Response.HasStarted)
        {
            // Nothing was committed, or the same Idempotency-Key finds what was.
            Log.Away(logger, context.HttpContext.Request.Method, exception.GetType().Name);
            return Problems.Away();
        }
    };

    async ValueTask<object?> LetInAsync(string scope, EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var now = time.GetUtcNow();
        var address = http.Connection.RemoteIpAddress?.ToString() ?? "";
        if (limits.CurrentValue.Enabled && Of($"address/{address}") is { } refusals && refusals.IsOver(limits.CurrentValue.AddressRefusalsPerTenMinutes, addressWindow, now))
        {
            return Problems.Limited("Too many requests with a wrong key.", refusals.Left(addressWindow, now));
        }

        var header = http.Request.Headers.Authorization.ToString();
        var key = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? await keys.FindAsync(header["Bearer ".Length..].Trim(), http.RequestAborted) : null;
        if (key is null)
        {
            Take($"address/{address}", addressWindow, now);
            Log.Refused(logger, http.Request.Path, header.Length == 0 ? "no key" : "wrong key");
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.Of(StatusCodes.Status401Unauthorized, "No key, or a wrong one.", "Send Authorization: Bearer KEY.");
        }

        if (!key.Scopes.Contains(scope))
        {
            return Problems.Of(StatusCodes.Status403Forbidden, $"This key lacks the scope {scope}.");
        }

        var rate = Take($"key/{key.Id}", keyWindow, now);
        if (rate.Count > limits.CurrentValue.KeyPerMinute)
        {
            return Problems.Limited("Too many requests with this key.", rate.Left(keyWindow, now));
        }

        http.Items[typeof(ApiKey)] = key;
        http.Response.Headers.CacheControl = "no-store";
        return await next(context);
    }

    Rate? Of(string name) => rates.GetValueOrDefault(name);

    Rate Take(string name, TimeSpan window, DateTimeOffset now)
    {
        if (rates.Count > MostCounted)
        {
            foreach (var (old, _) in rates.Where(pair => now - pair.Value.Start > addressWindow))
            {
                rates.TryRemove(old, out _);
            }
        }

        return rates.AddOrUpdate(name, _ => new(now, 1), (_, rate) => (now - rate.Start).Duration() < window ? rate with { Count = rate.Count + 1 } : new(now, 1));
    }

    sealed record Rate(DateTimeOffset Start, int Count)
    {
        internal bool IsOver(int most, TimeSpan window, DateTimeOffset now) => Count >= most && (now - Start).Duration() < window;

        internal TimeSpan Left(TimeSpan window, DateTimeOffset now) => Start + window - now;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a request at {Path}: {Reason}.")]
        internal static partial void Refused(ILogger logger, string path, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "A {Method} request could not be carried out: the database does not answer ({Kind}).")]
        internal static partial void Away(ILogger logger, string method, string kind);
    }
}

/// <summary>Errors of the API (RFC 9457, Problem Details for HTTP APIs).</summary>
public static class Problems
{
    const string ContentType = "application/problem+json";
    const int AwaySeconds = 2;

    public static IResult Of(int status, string title, string? detail = null) => TypedResults.Problem(detail, statusCode: status, title: title);

    /// <summary>422: what is wrong, by field.</summary>
    public static IResult Fields(IReadOnlyDictionary<string, string[]> errors) => Results.Json(
        new HttpValidationProblemDetails(errors.ToDictionary(StringComparer.Ordinal))
        {
            Status = StatusCodes.Status422UnprocessableEntity,
            Title = "Some fields are wrong.",
            Type = "https://tools.ietf.org/html/rfc4918#section-11.2",
        },
        contentType: ContentType,
        statusCode: StatusCodes.Status422UnprocessableEntity);

    /// <summary>429, and when to come again: in whole seconds, at least one.</summary>
    public static IResult Limited(string title, TimeSpan retryAfter) =>
        new RetryLater(StatusCodes.Status429TooManyRequests, title, Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)));

    /// <summary>503, and when to come again, with the same Idempotency-Key.</summary>
    public static IResult Away() => new RetryLater(StatusCodes.Status503ServiceUnavailable, "The service cannot answer at present; try again with the same Idempotency-Key.", AwaySeconds);

    sealed class RetryLater(int status, string title, int seconds) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return Of(status, title).ExecuteAsync(httpContext);
        }
    }
}
