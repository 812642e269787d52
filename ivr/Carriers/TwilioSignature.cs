using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SupportBot.Ivr.Carriers;

/// <summary>X-Twilio-Signature: made and checked the way the official JavaScript library 6.2.0 does.</summary>
/// <remarks>
/// Base64 of HMAC-SHA1, keyed by the auth token, over the address as the carrier called it, followed by each form name and value, names in
/// ordinal order; values of a repeated name are made unique and sorted. A JSON body is covered by <c>bodySHA256</c> in the address instead.
/// </remarks>
public static class TwilioSignature
{
    const int SignatureBytes = 20;

    /// <summary>The signature of a request.</summary>
    /// <param name="token">The account's auth token.</param>
    /// <param name="url">Scheme, host, port, path and query exactly as called.</param>
    /// <param name="form">Form parameters; a name may repeat.</param>
    public static string Compute(string token, string url, IEnumerable<KeyValuePair<string, string>> form)
    {
        var signed = new StringBuilder(url);
        foreach (var group in form.GroupBy(pair => pair.Key, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            foreach (var value in group.Select(pair => pair.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                signed.Append(group.Key).Append(value);
            }
        }

#pragma warning disable CA5350 // The carrier's scheme prescribes SHA-1.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(signed.ToString())));
#pragma warning restore CA5350
    }

    /// <summary>Whether a signature belongs to the request, in any of the forms in which carriers write the same address.</summary>
    public static bool Verify(string token, string? signature, string url, IReadOnlyCollection<KeyValuePair<string, string>> form)
    {
        Span<byte> given = stackalloc byte[SignatureBytes];
        if (signature is not { Length: 28 } || !Convert.TryFromBase64String(signature, given, out var length) || length != SignatureBytes)
        {
            return false;
        }

        foreach (var candidate in Candidates(url))
        {
            if (CryptographicOperations.FixedTimeEquals(given, Convert.FromBase64String(Compute(token, candidate, form))))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the body is the one that <c>bodySHA256</c> in the address names: 64 lower-case hexadecimal digits.</summary>
    public static bool CoversBody(string url, ReadOnlySpan<byte> body)
    {
        var query = url.IndexOf('?', StringComparison.Ordinal) is var at and >= 0 ? url[(at + 1)..] : "";
        var named = ParseQuery(query).FirstOrDefault(pair => pair.Key == "bodySHA256").Value ?? "";
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(named), Encoding.UTF8.GetBytes(Convert.ToHexStringLower(SHA256.HashData(body))));
    }

    /// <summary>Whether the address claims to cover its body.</summary>
    public static bool NamesBody(string url) => url.Contains("bodySHA256", StringComparison.Ordinal);

    /// <summary>Names and values of a query or an urlencoded form, in order, case kept.</summary>
    public static IEnumerable<KeyValuePair<string, string>> ParseQuery(string query)
    {
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            yield return equals < 0
                ? new(Decode(part), "")
                : new(Decode(part[..equals]), Decode(part[(equals + 1)..]));
        }
    }

    static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    static IEnumerable<string> Candidates(string url)
    {
        yield return WithoutPort(url);
        yield return WithPort(url);
        var normal = Normalized(url);
        yield return WithoutPort(normal);
        yield return WithPort(normal);
        yield return WithLegacyQuery(WithoutPort(normal));
        yield return WithLegacyQuery(WithPort(normal));
    }

    readonly record struct Parts(string Scheme, string User, string Host, string Port, string Rest);

    static Parts? Split(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
        {
            return null;
        }

        var start = scheme + 3;
        var end = url.IndexOfAny(['/', '?', '#'], start);
        var authority = end < 0 ? url[start..] : url[start..end];
        var at = authority.LastIndexOf('@') + 1;
        var host = authority[at..];
        var colon = host.IndexOf(':', host.LastIndexOf(']') + 1);
        return new(url[..start], authority[..at], colon < 0 ? host : host[..colon], colon < 0 ? "" : host[colon..], end < 0 ? "" : url[end..]);
    }

    static string WithoutPort(string url) => Split(url) is { } parts ? parts.Scheme + parts.User + parts.Host + parts.Rest : url;

    static string WithPort(string url) => Split(url) is { Port: "" } parts
        ? parts.Scheme + parts.User + parts.Host + (parts.Scheme.StartsWith("https", StringComparison.OrdinalIgnoreCase) ? ":443" : ":80") + parts.Rest
        : url;

    /// <summary>As a browser writes it: lower-case host, no default port, a path, marks escaped (WHATWG URL).</summary>
    static string Normalized(string url)
    {
        if (Split(url) is not { } parts)
        {
            return url;
        }

        var scheme = parts.Scheme.ToLowerInvariant();
        var isDefault = parts.Port is ":" || parts.Port == (scheme == "https://" ? ":443" : ":80");
        var query = parts.Rest.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? parts.Rest : parts.Rest[..query];
        return scheme + parts.User + parts.Host.ToLowerInvariant() + (isDefault ? "" : parts.Port)
            + Escape(path.Length == 0 ? "/" : path, " \"<>`{}^") + (query < 0 ? "" : Escape(parts.Rest[query..], " \"<>'"));
    }

    static string Escape(string text, string marks)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && rune.Value > 0x1F && !marks.Contains((char)rune.Value, StringComparison.Ordinal))
            {
                escaped.Append((char)rune.Value);
            }
            else
            {
                AppendEscaped(escaped, rune);
            }
        }

        return escaped.ToString();
    }

    static void AppendEscaped(StringBuilder escaped, Rune rune)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var octet in bytes[..rune.EncodeToUtf8(bytes)])
        {
            escaped.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        }
    }

    /// <summary>The query decoded and written again with the fewest bare marks, values of a repeated name at its first place.</summary>
    static string WithLegacyQuery(string url)
    {
        var at = url.IndexOf('?', StringComparison.Ordinal);
        if (at < 0 || at == url.Length - 1)
        {
            return url;
        }

        var pairs = ParseQuery(url[(at + 1)..])
            .GroupBy(pair => pair.Key, StringComparer.Ordinal)
            .SelectMany(group => group.Select(pair => $"{LegacyEscape(pair.Key)}={LegacyEscape(pair.Value)}"));
        return $"{url[..at]}?{string.Join('&', pairs)}";
    }

    static string LegacyEscape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || "-_.!~*'()".Contains((char)rune.Value, StringComparison.Ordinal)))
            {
                escaped.Append((char)rune.Value);
            }
            else
            {
                AppendEscaped(escaped, rune);
            }
        }

        return escaped.ToString();
    }
}
