namespace SupportBot.Ivr.Simulator;

/// <summary>Lets through what our own page asks, and programs that are no browser; never another site's page.</summary>
static class SameOrigin
{
    /// <summary>403 for a request that a browser sent for another origin (Fetch Metadata, W3C; Origin, RFC 6454).</summary>
    public static async ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        return IsOurs(request) ? await next(context) : TypedResults.StatusCode(StatusCodes.Status403Forbidden);
    }

    static bool IsOurs(HttpRequest request)
    {
        // "none" is an address that the person typed.
        if (request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site)
        {
            return site is "same-origin" or "none";
        }

        return request.Headers.Origin.ToString() is not { Length: > 0 } origin
            || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
