using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace SupportBot.Knowledge.ApiKeys;

/// <summary>What a key lets its holder do.</summary>
public static class ApiScopes
{
    public const string Passcodes = "passcodes";
    public const string Consents = "consents";

    public static ImmutableArray<string> All { get; } = [Passcodes, Consents];
}

/// <summary>A key as it is listed: without its secret.</summary>
/// <param name="RevokedAt">Null while it works.</param>
public sealed record ApiKey(string Id, string Name, ImmutableArray<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt);

/// <summary>The secret form: <c>sbk_ID_SECRET</c>. The prefix lets scanners find a leaked one.</summary>
/// <param name="Id">Twelve hexadecimal digits: finds the row.</param>
/// <param name="Secret">256 random bits, so that a plain hash of them cannot be guessed back.</param>
public readonly record struct ApiKeySecret(string Id, string Secret)
{
    const string Prefix = "sbk_";
    const int IdCharacters = 12;
    const int SecretBytes = 32;

    public static ApiKeySecret Random() =>
        new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdCharacters / 2)), Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes)));

    /// <summary>Null when it has not the form of a key.</summary>
    public static ApiKeySecret? Parse(string text)
    {
        var isKey = text.Length is > IdCharacters + 5 and < 100 && text.StartsWith(Prefix, StringComparison.Ordinal) && text[Prefix.Length + IdCharacters] == '_';
        return isKey ? new(text.Substring(Prefix.Length, IdCharacters), text[(Prefix.Length + IdCharacters + 1)..]) : null;
    }

    /// <summary>What is stored.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)));

    /// <summary>In constant time.</summary>
    public bool Matches(string hash) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash), Encoding.ASCII.GetBytes(hash));

    /// <summary>The whole key, to be shown once.</summary>
    public string Value => $"{Prefix}{Id}_{Secret}";

    public override string ToString() => $"{Prefix}{Id}_…";
}
