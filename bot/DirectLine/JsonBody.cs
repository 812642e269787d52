using System.Text.Json;

namespace SupportBot.Bot.DirectLine;

/// <summary>A request's JSON object, whole and safe to read, or the reason why there is none.</summary>
/// <param name="Root">Null when <paramref name="Error"/> is set, or when an empty body was allowed and came.</param>
/// <param name="Error">What to answer instead.</param>
readonly record struct JsonBody(JsonElement? Root, DirectLineError? Error)
{
    internal const int MostBytes = 1 << 20;

    static readonly JsonDocumentOptions options = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    internal static async Task<JsonBody> ReadAsync(HttpRequest request, bool mayBeEmpty, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MostBytes)
        {
            return new(null, DirectLineError.TooLarge);
        }

        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        try
        {
            for (int read; (read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                if (bytes.Length + read > MostBytes)
                {
                    return new(null, DirectLineError.TooLarge);
                }

                bytes.Write(buffer, 0, read);
            }
        }
        catch (BadHttpRequestException exception)
        {
            return new(null, exception.StatusCode == StatusCodes.Status413PayloadTooLarge ? DirectLineError.TooLarge : DirectLineError.NotJson);
        }

        return Parse(bytes, mayBeEmpty);
    }

    static JsonBody Parse(MemoryStream bytes, bool mayBeEmpty)
    {
        if (bytes.Length == 0 && mayBeEmpty)
        {
            return default;
        }

        try
        {
            bytes.Position = 0;
            using var document = JsonDocument.Parse(bytes, options);
            ReadAllStrings(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Object ? new(document.RootElement.Clone(), null) : new(null, DirectLineError.NotJson);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return new(null, DirectLineError.NotJson);
        }
    }

    /// <summary>Half a surrogate pair or broken UTF-8 throws only when the string is read: find it here, once.</summary>
    static void ReadAllStrings(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    ReadAllStrings(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ReadAllStrings(item);
                }

                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            default:
                break;
        }
    }
}

/// <summary>Reading what may be absent or of another kind than expected.</summary>
static class JsonReading
{
    extension(JsonElement element)
    {
        internal JsonElement? Child(string name) =>
            element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        /// <summary>The text of a property; null when it is absent or no string.</summary>
        internal string? Text(string name) => element.Child(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
    }
}
