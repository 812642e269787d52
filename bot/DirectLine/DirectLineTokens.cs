using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Secrets;

namespace SupportBot.Bot.DirectLine;

/// <summary>Who may do what: one conversation, as one user, begun in this language about this agency.</summary>
/// <param name="Conversation">The only conversation that the holder may touch.</param>
/// <param name="User">The holder's <c>from.id</c>; begins with <c>dl_</c>.</param>
/// <param name="Language">For the beginning of the conversation.</param>
/// <param name="Agency">For the beginning of the conversation.</param>
sealed record Ticket(ConversationId Conversation, string User, Language Language, Agency Agency)
{
    /// <summary>A conversation that does not exist yet.</summary>
    internal static Ticket ForNew(string? user, Language language, Agency agency) =>
        new(new(RandomWord()), user ?? RandomUser(), language, agency);

    internal static string RandomUser() => "dl_" + RandomWord();

    static string RandomWord() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}

/// <summary>What a signed value is for. A value made for one purpose is wrong for every other.</summary>
enum TokenPurpose
{
    /// <summary>The bearer token of a chat.</summary>
    Chat,

    /// <summary>Opens one socket; stands in an address, so it lives for a minute.</summary>
    Stream,

    /// <summary>Brings a page back to its conversation after the bearer token expired.</summary>
    Resume,
}

/// <summary>What came of checking a signed value.</summary>
abstract record TokenCheck
{
    TokenCheck()
    {
    }

    internal sealed record Valid(Ticket Ticket) : TokenCheck;

    internal sealed record Expired : TokenCheck;

    internal sealed record Wrong : TokenCheck;
}

/// <summary>Tickets as signed values (JWT, HS256), a key for each purpose. Nothing is stored: any node with the key file can check them.</summary>
sealed class DirectLineTokens(SecretKeys secrets, IOptions<DirectLineOptions> options, TimeProvider time)
{
    static readonly TimeSpan streamLifetime = TimeSpan.FromSeconds(60);
    static readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false };

    readonly SymmetricSecurityKey chatKey = new(secrets.Derive("direct-line/token"));
    readonly SymmetricSecurityKey streamKey = new(secrets.Derive("direct-line/stream"));
    readonly SymmetricSecurityKey resumeKey = new(secrets.Derive("direct-line/resume"));

    internal string Issue(Ticket ticket, TokenPurpose purpose)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return handler.CreateToken(new SecurityTokenDescriptor
        {
            // "conv" and "user" are the names that official clients look for.
            Claims = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["conv"] = ticket.Conversation.Value,
                ["user"] = ticket.User,
                ["locale"] = ContentLoader.Code(ticket.Language),
                ["agency"] = Wire.NameOf(ticket.Agency),
            },
            IssuedAt = now,
            NotBefore = now,
            Expires = now + LifetimeOf(purpose),
            SigningCredentials = new(KeyOf(purpose), SecurityAlgorithms.HmacSha256),
        });
    }

    internal async Task<TokenCheck> CheckAsync(string text, TokenPurpose purpose)
    {
        var result = await handler.ValidateTokenAsync(text, new()
        {
            IssuerSigningKey = KeyOf(purpose),
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidateIssuer = false,
            ValidateAudience = false,

            // Checked below, against the clock of the application.
            ValidateLifetime = false,
        });
        if (!result.IsValid || result.SecurityToken is not JsonWebToken token || TicketOf(result.ClaimsIdentity) is not { } ticket)
        {
            return new TokenCheck.Wrong();
        }

        return token.ValidTo <= time.GetUtcNow().UtcDateTime ? new TokenCheck.Expired() : new TokenCheck.Valid(ticket);
    }

    internal TimeSpan LifetimeOf(TokenPurpose purpose) => purpose switch
    {
        TokenPurpose.Chat => options.Value.TokenLifetime,
        TokenPurpose.Stream => streamLifetime,
        TokenPurpose.Resume => options.Value.ResumeLifetime,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    SymmetricSecurityKey KeyOf(TokenPurpose purpose) => purpose switch
    {
        TokenPurpose.Chat => chatKey,
        TokenPurpose.Stream => streamKey,
        TokenPurpose.Resume => resumeKey,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    static Ticket? TicketOf(ClaimsIdentity claims) =>
        claims.FindFirst("conv")?.Value is { Length: > 0 } conversation && claims.FindFirst("user")?.Value is { Length: > 0 } user
            ? new(new(conversation), user, Wire.LanguageOf(claims.FindFirst("locale")?.Value) ?? Language.En, Wire.AgencyOf(claims.FindFirst("agency")?.Value))
            : null;
}
