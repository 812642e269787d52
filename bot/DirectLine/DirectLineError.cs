using System.Globalization;
using System.Text.Json;

namespace SupportBot.Bot.DirectLine;

/// <summary>A refusal in Direct Line's form, <c>{"error":{"code","message"}}</c>. Clients act on the status and the code, never on the message.</summary>
/// <remarks>403 makes official clients end the chat for good: it means a wrong or expired token and nothing else.</remarks>
sealed record DirectLineError(int Status, string Code, string Message, TimeSpan? RetryAfter = null) : IResult
{
    internal static DirectLineError NoToken { get; } = new(StatusCodes.Status401Unauthorized, "Unauthorized", "Send “Authorization: Bearer” with a token.");

    internal static DirectLineError WrongToken { get; } = new(StatusCodes.Status403Forbidden, "Forbidden", "The token or secret is not valid here.");

    internal static DirectLineError ExpiredToken { get; } = new(StatusCodes.Status403Forbidden, "TokenExpired", "The token has expired.");

    internal static DirectLineError WrongOrigin { get; } = new(StatusCodes.Status403Forbidden, "Forbidden", "This site is not a trusted origin.");

    internal static DirectLineError NoConversation { get; } = new(StatusCodes.Status404NotFound, "NotFound", "There is no such conversation.");

    internal static DirectLineError NoRoute { get; } = new(StatusCodes.Status404NotFound, "NotFound", "There is nothing at this address for this method.");

    internal static DirectLineError TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, "MessageSizeTooBig", "A request may have at most 1 MB.");

    internal static DirectLineError NotJson { get; } = new(StatusCodes.Status400BadRequest, "BadSyntax", "The body is not a JSON object.");

    internal static DirectLineError Away { get; } = new(StatusCodes.Status503ServiceUnavailable, "ServiceError", "Please try again shortly.", TimeSpan.FromSeconds(2));

    internal static DirectLineError Broken { get; } = new(StatusCodes.Status500InternalServerError, "ServiceError", "Something went wrong on our side.");

    internal static DirectLineError Missing(string property) => new(StatusCodes.Status400BadRequest, "MissingProperty", $"“{property}” is required.");

    internal static DirectLineError Bad(string message) => new(StatusCodes.Status400BadRequest, "BadArgument", message);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Status;
        httpContext.Response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } wait)
        {
            httpContext.Response.Headers.RetryAfter = wait.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        }

        return httpContext.Response.WriteAsJsonAsync(
            new { error = new { code = Code, message = Message } }, JsonSerializerOptions.Web, httpContext.RequestAborted);
    }
}
