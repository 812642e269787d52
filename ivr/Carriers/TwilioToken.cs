using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace SupportBot.Ivr.Carriers;

/// <summary>The secret that webhooks are signed with: the account's token, or with the simulated carrier a random one made at start.</summary>
public sealed class TwilioToken(IOptions<TwilioOptions> options)
{
    /// <summary>All that are accepted; the first signs.</summary>
    public ImmutableArray<string> Accepted { get; } = options.Value.AuthToken.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) switch
    {
        [] => [Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))],
        var tokens => [.. tokens],
    };

    public string Value => Accepted[0];
}

/// <summary>How the carrier reaches us: the configured address, else the one served on.</summary>
public sealed class PublicUrl(IOptions<TwilioOptions> options, IServer server)
{
    readonly string configured = options.Value.PublicBaseUrl.TrimEnd('/');

    /// <summary>Without a slash at the end. Known once the server listens.</summary>
    public string Value => configured.Length > 0 ? configured : Served.FirstOrDefault() ?? "http://127.0.0.1";

    /// <summary>Path of that address, to stand before our own paths; empty when it has none.</summary>
    public string PathBase { get; } = Uri.TryCreate(options.Value.PublicBaseUrl, UriKind.Absolute, out var address) ? address.AbsolutePath.TrimEnd('/') : "";

    /// <summary>Every base address that a signed request may name: one when configured; else those served on, and the one the request itself names.</summary>
    public IEnumerable<string> For(HttpRequest request) =>
        configured.Length > 0 ? [configured] : Served.Append($"{request.Scheme}://{request.Host}").Distinct(StringComparer.OrdinalIgnoreCase);

    IEnumerable<string> Served =>
        (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).Select(address => address
            .Replace("://[::]", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://*", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://+", "://127.0.0.1", StringComparison.Ordinal)
            .TrimEnd('/'));
}
