using System.Collections.Immutable;
using System.Text.Json;

namespace SupportBot.Ivr.ApiKeys;

/// <summary>A JSON object as it came, and everything wrong with it by field.</summary>
public sealed class ApiBody
{
    const int MostBytes = 16 * 1024;

    readonly JsonElement root;
    readonly Dictionary<string, List<string>> errors = new(StringComparer.Ordinal);

    ApiBody(JsonElement root) => this.root = root;

    public bool IsRight => errors.Count == 0;

    /// <summary>422 with all errors.</summary>
    public IResult Refusal => Problems.Fields(errors.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal));

    /// <summary>The body, or why it is none: 400 when it is no JSON object, 413 when it is too long, 415 when it says it is something else.</summary>
    /// <param name="isOptional">No body at all counts as an empty object.</param>
    public static async Task<(ApiBody? Body, IResult? Refusal)> ReadAsync(HttpRequest request, bool isOptional = false)
    {
        var buffer = new byte[MostBytes + 1];
        var length = 0;
        int read;
        while (length < buffer.Length && (read = await request.Body.ReadAsync(buffer.AsMemory(length), request.HttpContext.RequestAborted)) > 0)
        {
            length += read;
        }

        if (length > MostBytes)
        {
            return (null, Problems.Of(StatusCodes.Status413PayloadTooLarge, $"The body is longer than {MostBytes} bytes."));
        }

        if (length == 0 && isOptional)
        {
            return (new(JsonDocument.Parse("{}").RootElement), null);
        }

        if (!request.HasJsonContentType())
        {
            return (null, Problems.Of(StatusCodes.Status415UnsupportedMediaType, "Send Content-Type: application/json."));
        }

        try
        {
            using var document = JsonDocument.Parse(buffer.AsMemory(0, length), new() { AllowDuplicateProperties = false, MaxDepth = 8 });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (new(document.RootElement.Clone()), null)
                : (null, Problems.Of(StatusCodes.Status400BadRequest, "The body is no JSON object."));
        }
        catch (JsonException)
        {
            // What the parser says would quote the body.
            return (null, Problems.Of(StatusCodes.Status400BadRequest, "The body is no valid JSON."));
        }
    }

    public void Wrong(string field, string problem)
    {
        if (!errors.TryGetValue(field, out var problems))
        {
            errors[field] = problems = [];
        }

        problems.Add(problem);
    }

    /// <summary>A misspelt field would otherwise be silently without effect.</summary>
    public void AllowOnly(params ReadOnlySpan<string> names)
    {
        foreach (var property in root.EnumerateObject())
        {
            if (NameOf(property) is not { } name || !names.Contains(name))
            {
                Wrong(Shown(NameOf(property)), "is not a field of this request.");
            }
        }
    }

    /// <summary>The field as it is; null when it is missing or null.</summary>
    public JsonElement? Field(string name) => root.TryGetProperty(name, out var field) && field.ValueKind != JsonValueKind.Null ? field : null;

    /// <summary>A required text; empty when it is wrong, which is noted.</summary>
    public string Text(string name, int most) => Field(name) is { } field ? Text(name, field, most) : Missing(name);

    /// <summary>As <see cref="Text(string, int)"/> for a field that may be missing: then null.</summary>
    public string? OptionalText(string name, int most) => Field(name) is { } field ? Text(name, field, most) : null;

    /// <summary>As <see cref="Text(string, int)"/> for a value inside another.</summary>
    public string Text(string name, JsonElement field, int most)
    {
        if (field.ValueKind != JsonValueKind.String)
        {
            Wrong(name, "must be a string.");
            return "";
        }

        string text;
        try
        {
            text = field.GetString()!.Trim();
        }
        catch (InvalidOperationException)
        {
            Wrong(name, "holds half a surrogate pair.");
            return "";
        }

        if (text.Length == 0)
        {
            Wrong(name, "is empty.");
        }
        else if (text.Length > most)
        {
            Wrong(name, $"has more than {most} characters.");
        }
        else if (text.Any(char.IsControl))
        {
            Wrong(name, "holds control characters.");
        }
        else
        {
            return text;
        }

        return "";
    }

    public string Missing(string name)
    {
        Wrong(name, "is required.");
        return "";
    }

    /// <summary>Null for a name that is no text (half a surrogate pair).</summary>
    static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Names in errors are the caller's own words; not all of a long one.</summary>
    static string Shown(string? name) => name is null ? "?" : name.Length > 60 ? name[..60] : name;

    /// <summary>The members of an object, with those that are null left out.</summary>
    public ImmutableDictionary<string, JsonElement> Members(string name, JsonElement field, params ReadOnlySpan<string> allowed)
    {
        var members = ImmutableDictionary.CreateBuilder<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in field.EnumerateObject())
        {
            if (NameOf(property) is not { } member || !allowed.Contains(member))
            {
                Wrong($"{name}.{Shown(NameOf(property))}", "is not a field of this request.");
            }
            else if (property.Value.ValueKind != JsonValueKind.Null)
            {
                members[member] = property.Value;
            }
        }

        return members.ToImmutable();
    }
}
