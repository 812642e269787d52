using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Bot.DirectLine;

/// <summary>Direct Line 3.0 (Bot Framework REST, Direct Line API), every route of it.</summary>
static class DirectLineApi
{
    internal const string CorsPolicy = "DirectLine";
    const string Root = "/v3/directline";

    internal static void MapDirectLine(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Root).RequireCors(CorsPolicy).AddEndpointFilter<DirectLineFailures>();
        group.MapPost("/tokens/generate", GenerateAsync);
        group.MapPost("/tokens/refresh", RefreshAsync);
        group.MapPost("/conversations", StartAsync);
        group.MapGet("/conversations/{id}", ReconnectAsync);
        group.MapGet("/conversations/{id}/stream", StreamAsync);
        group.MapGet("/conversations/{id}/activities", ReadAsync);
        group.MapPost("/conversations/{id}/activities", PostAsync);
        group.MapPost("/conversations/{id}/upload", UploadAsync);

        // Asked for before sign-in cards, of which there are none.
        group.MapGet("/session/getsessionid", () => TypedResults.Ok(new { sessionId = "" }));
        group.Map("/{**rest}", () => DirectLineError.NoRoute);
    }

    static async Task<IResult> GenerateAsync(HttpRequest request, DirectLineGate gate, DirectLineTokens tokens, CancellationToken cancellationToken)
    {
        if (!gate.ShowsSecret(request))
        {
            return DirectLineError.WrongToken;
        }

        var (root, error) = await JsonBody.ReadAsync(request, mayBeEmpty: true, cancellationToken);
        if (error is not null)
        {
            return error;
        }

        // Older samples write {"User":{"Id":…}}.
        var user = root is { } body && (body.Child("user") ?? body.Child("User")) is { } described ? described.Text("id") ?? described.Text("Id") : null;
        if (user is not null && !IsUser(user))
        {
            return DirectLineError.Bad("“user.id” must begin with “dl_” and have at most 100 characters.");
        }

        return Answer(GrantFor(Ticket.ForNew(user, LanguageIn(root) ?? Language.En, AgencyIn(root)), tokens));
    }

    static async Task<IResult> RefreshAsync(HttpRequest request, DirectLineGate gate, DirectLineTokens tokens)
    {
        var (caller, error) = await gate.AdmitAsync(request);
        return caller switch
        {
            Caller.Page page => Answer(GrantFor(page.Ticket, tokens)),
            Caller.Server => DirectLineError.Bad("The secret does not expire; there is nothing to refresh."),
            _ => error!,
        };
    }

    static async Task<IResult> StartAsync(
        HttpRequest request, DirectLineGate gate, DirectLineTokens tokens, ConversationStore conversations, WebTurns turns, CancellationToken cancellationToken)
    {
        var (caller, error) = await gate.AdmitAsync(request);
        if (caller is null)
        {
            return error!;
        }

        var (root, unreadable) = await JsonBody.ReadAsync(request, mayBeEmpty: true, cancellationToken);
        if (unreadable is not null)
        {
            return unreadable;
        }

        var ticket = caller switch
        {
            Caller.Page page => page.Ticket,
            Caller.Server => Ticket.ForNew(root?.Child("user")?.Text("id") is { } user && IsUser(user) ? user : null, Language.En, AgencyIn(root)),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        ticket = ticket with { Language = LanguageIn(root) ?? ticket.Language };
        var isNew = await conversations.FindAsync(ticket.Conversation, cancellationToken) is null;
        await turns.StartAsync(ticket, cancellationToken);
        return Answer(GrantFor(ticket, tokens) with { StreamUrl = StreamUrl(request, ticket, tokens, watermark: ""), ReferenceGrammarId = "" }, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    /// <summary>A client lost its socket, or a page came back.</summary>
    static async Task<IResult> ReconnectAsync(HttpRequest request, string id, DirectLineGate gate, DirectLineTokens tokens, CancellationToken cancellationToken)
    {
        var (caller, conversation, error) = await gate.AdmitAsync(request, id, cancellationToken);
        if (conversation is null)
        {
            return error!;
        }

        var ticket = caller is Caller.Page page ? page.Ticket : new(conversation.Id, Ticket.RandomUser(), conversation.Language, conversation.Agency);
        var watermark = request.Query.TryGetValue("watermark", out var given) ? given.ToString() : null;
        return Answer(GrantFor(ticket, tokens) with { StreamUrl = StreamUrl(request, ticket, tokens, watermark), ReferenceGrammarId = "" });
    }

    static async Task<IResult> StreamAsync(
        HttpContext context, string id, DirectLineGate gate, DirectLineStream stream, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var (conversation, error) = await gate.AdmitSocketAsync(context.Request, id, cancellationToken);
        if (conversation is null)
        {
            return error!;
        }

        if (!context.WebSockets.IsWebSocketRequest)
        {
            return DirectLineError.Bad("This address is for a WebSocket.");
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            KeepAliveInterval = TimeSpan.FromSeconds(20),
            KeepAliveTimeout = TimeSpan.FromSeconds(20),
        });

        // Without a watermark at all a client wants what comes from now on (Direct Line API, "Receive activities").
        var after = context.Request.Query.TryGetValue("watermark", out var watermark) ? Watermark(watermark, conversation) : conversation.Entries;
        await stream.RunAsync(socket, conversation.Id, after, lifetime.ApplicationStopping);
        return Results.Empty;
    }

    static async Task<IResult> ReadAsync(HttpRequest request, string id, DirectLineGate gate, TranscriptStore transcripts, CancellationToken cancellationToken)
    {
        var (_, conversation, error) = await gate.AdmitAsync(request, id, cancellationToken);
        if (conversation is null)
        {
            return error!;
        }

        var after = Watermark(request.Query["watermark"], conversation);
        var entries = await transcripts.ReadAsync(conversation.Id, after, cancellationToken);
        return Json(DirectLineStream.ActivitySet(entries, entries.IsEmpty ? after : entries[^1].Sequence));
    }

    static async Task<IResult> PostAsync(HttpRequest request, string id, DirectLineGate gate, WebTurns turns, CancellationToken cancellationToken)
    {
        var (caller, conversation, error) = await gate.AdmitAsync(request, id, cancellationToken);
        var ticket = (caller as Caller.Page)?.Ticket;
        if (conversation is null)
        {
            if (ticket is null || ticket.Conversation.Value != id)
            {
                return error!;
            }

            // A token that has not begun its conversation may begin it by speaking.
            await turns.StartAsync(ticket, cancellationToken);
        }

        var (root, unreadable) = await JsonBody.ReadAsync(request, mayBeEmpty: false, cancellationToken);
        if (root is not { } body)
        {
            return unreadable!;
        }

        var (activity, refused) = Activity.Read(body, ticket?.User);
        return activity is null
            ? refused!
            : Json(System.Text.Encoding.UTF8.GetBytes(await turns.TakeAsync(new(id), activity, cancellationToken)));
    }

    static async Task<IResult> UploadAsync(HttpRequest request, string id, DirectLineGate gate, CancellationToken cancellationToken)
    {
        var (_, conversation, error) = await gate.AdmitAsync(request, id, cancellationToken);
        return conversation is null ? error! : DirectLineError.Bad("Files cannot be sent here. Please describe in words what you see.");
    }

    /// <summary>The last sequence number that a client has seen. What is no number has seen nothing; what is too large has seen everything.</summary>
    static int Watermark(string? text, Conversation conversation) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seen) ? (int)Math.Min(seen, conversation.Entries) : 0;

    static string StreamUrl(HttpRequest request, Ticket ticket, DirectLineTokens tokens, string? watermark)
    {
        var scheme = request.IsHttps ? "wss" : "ws";
        var from = watermark is null ? "" : $"watermark={Uri.EscapeDataString(watermark)}&";
        return $"{scheme}://{request.Host}{request.PathBase}{Root}/conversations/{ticket.Conversation}/stream?{from}t={tokens.Issue(ticket, TokenPurpose.Stream)}";
    }

    static bool IsUser(string user) => user.StartsWith("dl_", StringComparison.Ordinal) && user.Length <= 100 && user == Wire.Clean(user, 100);

    static Language? LanguageIn(JsonElement? root) => Wire.LanguageOf(root?.Text("locale"));

    static Agency AgencyIn(JsonElement? root) => Wire.AgencyOf(root?.Text("agency"));

    static Grant GrantFor(Ticket ticket, DirectLineTokens tokens) =>
        new(ticket.Conversation.Value, tokens.Issue(ticket, TokenPurpose.Chat), (int)tokens.LifetimeOf(TokenPurpose.Chat).TotalSeconds);

    static IResult Answer(Grant grant, int status = StatusCodes.Status200OK) => TypedResults.Json(grant, JsonSerializerOptions.Web, statusCode: status);

    static IResult Json(ReadOnlyMemory<byte> body) => TypedResults.Bytes(body, "application/json; charset=utf-8");

    /// <summary>Direct Line's Conversation object.</summary>
    sealed record Grant(string ConversationId, string Token, [property: JsonPropertyName("expires_in")] int ExpiresInSeconds)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? StreamUrl { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? ReferenceGrammarId { get; init; }
    }
}

/// <summary>Gives failures that nobody expected Direct Line's form. The framework would answer with an empty page.</summary>
sealed partial class DirectLineFailures(ILogger<DirectLineFailures> logger) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.Headers.CacheControl = "no-store";
        try
        {
            return await next(context);
        }
        catch (BadHttpRequestException exception)
        {
            return exception.StatusCode == StatusCodes.Status413PayloadTooLarge ? DirectLineError.TooLarge : DirectLineError.NotJson;
        }
        catch (Exception exception) when (exception is DbException or TimeoutException && !context.HttpContext.Response.HasStarted)
        {
            Log.StorageFailed(logger, exception);
            return DirectLineError.Away;
        }
        catch (Exception exception) when (exception is not OperationCanceledException && !context.HttpContext.Response.HasStarted)
        {
            Log.Failed(logger, exception);
            return DirectLineError.Broken;
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A chat request could not be served: the database failed.")]
        internal static partial void StorageFailed(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Error, Message = "A chat request failed.")]
        internal static partial void Failed(ILogger logger, Exception exception);
    }
}
