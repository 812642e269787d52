using System.Text.Json;
using System.Text.Json.Serialization;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Bot.DirectLine;

/// <summary>What our own page needs besides Direct Line: the page itself and a token for anybody who opens it.</summary>
static class ChatApi
{
    internal static void MapChat(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/chat/token", TokenAsync).RequireCors(DirectLineApi.CorsPolicy).AddEndpointFilter<DirectLineFailures>();
        routes.MapMethods("/", [HttpMethods.Get, HttpMethods.Head], ChatPage.ServeAsync);
        routes.MapMethods("/index.html", [HttpMethods.Get, HttpMethods.Head], ChatPage.ServeAsync);
    }

    /// <summary>A token for a new conversation, or for the one that <c>resume</c> was given for, however old its last token is.</summary>
    static async Task<IResult> TokenAsync(HttpRequest request, DirectLineTokens tokens, CancellationToken cancellationToken)
    {
        var (root, error) = await JsonBody.ReadAsync(request, mayBeEmpty: true, cancellationToken);
        if (error is not null)
        {
            return error;
        }

        var resumed = root?.Text("resume") is { Length: > 0 and < 4096 } resume && await tokens.CheckAsync(resume, TokenPurpose.Resume) is TokenCheck.Valid valid
            ? valid.Ticket
            : null;
        var ticket = resumed ?? Ticket.ForNew(user: null, Wire.LanguageOf(root?.Text("locale")) ?? Language.En, Wire.AgencyOf(root?.Text("agency")));
        return TypedResults.Json(
            new ChatToken(
                ticket.Conversation.Value,
                tokens.Issue(ticket, TokenPurpose.Chat),
                (int)tokens.LifetimeOf(TokenPurpose.Chat).TotalSeconds,
                tokens.Issue(ticket, TokenPurpose.Resume)),
            JsonSerializerOptions.Web);
    }

    sealed record ChatToken(string ConversationId, string Token, [property: JsonPropertyName("expires_in")] int ExpiresInSeconds, string Resume);
}
