using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Bot.DirectLine;

/// <summary>Somebody who may come in.</summary>
abstract record Caller
{
    Caller()
    {
    }

    /// <summary>A page, in one conversation.</summary>
    internal sealed record Page(Ticket Ticket) : Caller;

    /// <summary>Another server, with the secret: any conversation, any user.</summary>
    internal sealed record Server : Caller;
}

/// <summary>Checks bearer tokens, the secret, and where a socket comes from.</summary>
sealed class DirectLineGate(DirectLineTokens tokens, ConversationStore conversations, IOptions<DirectLineOptions> options)
{
    const string Scheme = "Bearer ";

    internal async Task<(Caller? Caller, DirectLineError? Error)> AdmitAsync(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || header[Scheme.Length..].Trim() is not { Length: > 0 } shown)
        {
            return (null, DirectLineError.NoToken);
        }

        return IsSecret(shown) ? (new Caller.Server(), null) : Admit(await tokens.CheckAsync(shown, TokenPurpose.Chat));
    }

    /// <summary>Whether the caller may touch this conversation, which must have begun.</summary>
    internal async Task<(Caller? Caller, Conversation? Conversation, DirectLineError? Error)> AdmitAsync(HttpRequest request, string id, CancellationToken cancellationToken)
    {
        var (caller, error) = await AdmitAsync(request);
        if (caller is null)
        {
            return (null, null, error);
        }

        var conversation = await FindAsync(id, cancellationToken);
        var isOthers = caller is Caller.Page page && page.Ticket.Conversation.Value != id;
        return conversation switch
        {
            null => (caller, null, DirectLineError.NoConversation),
            _ when isOthers => (null, null, DirectLineError.WrongToken),
            _ => (caller, conversation, null),
        };
    }

    /// <summary>For a socket, which cannot send a header from a browser: the ticket is in its address.</summary>
    internal async Task<(Conversation? Conversation, DirectLineError? Error)> AdmitSocketAsync(HttpRequest request, string id, CancellationToken cancellationToken)
    {
        if (!IsTrusted(request))
        {
            return (null, DirectLineError.WrongOrigin);
        }

        if (request.Query["t"].ToString() is not { Length: > 0 } shown)
        {
            var (_, found, refused) = await AdmitAsync(request, id, cancellationToken);
            return (found, refused);
        }

        var (caller, error) = Admit(await tokens.CheckAsync(shown, TokenPurpose.Stream));
        if (caller is not Caller.Page page || page.Ticket.Conversation.Value != id)
        {
            return (null, error ?? DirectLineError.WrongToken);
        }

        return await FindAsync(id, cancellationToken) is { } conversation ? (conversation, null) : (null, DirectLineError.NoConversation);
    }

    /// <summary>Whether the header shows the secret; never when there is none.</summary>
    internal bool ShowsSecret(HttpRequest request) =>
        request.Headers.Authorization.ToString() is var header && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && IsSecret(header[Scheme.Length..].Trim());

    bool IsSecret(string shown) => options.Value.Secret is { Length: > 0 } secret
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    static (Caller? Caller, DirectLineError? Error) Admit(TokenCheck check) => check switch
    {
        TokenCheck.Valid valid => (new Caller.Page(valid.Ticket), null),
        TokenCheck.Expired => (null, DirectLineError.ExpiredToken),
        TokenCheck.Wrong => (null, DirectLineError.WrongToken),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Only conversations of the web: a CallSid is no key to a caller's transcript.</summary>
    async Task<Conversation?> FindAsync(string id, CancellationToken cancellationToken) =>
        id.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_')
        && await conversations.FindAsync(new(id), cancellationToken) is { Channel: Channel.Web } conversation
            ? conversation
            : null;

    /// <summary>Browsers send no preflight for a socket: the origin is checked by hand. Programs send none.</summary>
    bool IsTrusted(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0
            || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase))
            || options.Value.Origins.Contains(origin, StringComparer.OrdinalIgnoreCase);
    }
}
