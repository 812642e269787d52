using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Bot.DirectLine;

/// <summary>What a client posted (Direct Line API 3.0, Activity object): the parts that we keep, cleaned.</summary>
/// <param name="Type"><c>message</c>, <c>event</c>, <c>typing</c>…</param>
/// <param name="Said">What the person said by it; null for an activity that makes no turn.</param>
/// <param name="IsValue">The words came as <c>value</c> (a button, an event), not as <c>text</c>.</param>
/// <param name="From">Who sent it.</param>
/// <param name="ClientActivityId">The client's own name for it, the same in each retry; null when it gives none.</param>
/// <param name="Echoed">Further properties, to be given back as they came.</param>
sealed record Activity(string Type, string? Said, bool IsValue, string From, string? ClientActivityId, ImmutableDictionary<string, JsonNode> Echoed)
{
    const int MostTextCharacters = 4000;
    const int MostNameCharacters = 200;
    const int MostChannelDataCharacters = 4000;

    /// <summary>Reads an activity.</summary>
    /// <param name="body">The posted object.</param>
    /// <param name="user">The token's user, who wins over <c>from</c>; null for the holder of the secret, who speaks for anyone.</param>
    internal static (Activity? Activity, DirectLineError? Error) Read(JsonElement body, string? user)
    {
        if (body.Child("type") is not { } type)
        {
            return (null, DirectLineError.Missing("type"));
        }

        if (type.ValueKind != JsonValueKind.String || type.GetString() is not { Length: > 0 and <= MostNameCharacters } typeName)
        {
            return (null, DirectLineError.Bad("“type” must be a word."));
        }

        if (body.Child("text") is { ValueKind: not JsonValueKind.String })
        {
            return (null, DirectLineError.Bad("“text” must be a text."));
        }

        var from = user ?? (body.Child("from") is { } sender ? sender.Text("id") : null);
        if (string.IsNullOrWhiteSpace(from))
        {
            return (null, DirectLineError.Missing("from.id"));
        }

        var channelData = body.Child("channelData");
        var clientActivityId = channelData?.Text("clientActivityID");
        if (from.Length > MostNameCharacters || clientActivityId?.Length > MostNameCharacters)
        {
            return (null, DirectLineError.Bad($"“from.id” and “clientActivityID” may have at most {MostNameCharacters} characters."));
        }

        var (said, isValue) = SaidBy(typeName, body);
        return (new(
            Wire.Clean(typeName, MostNameCharacters), said, isValue, Wire.Clean(from, MostNameCharacters),
            clientActivityId is { Length: > 0 } given ? Wire.Clean(given, MostNameCharacters) : null, EchoedOf(body, channelData)), null);
    }

    /// <summary>A message always says something, if only nothing; an event only by a text value.</summary>
    static (string? Said, bool IsValue) SaidBy(string type, JsonElement body)
    {
        var text = body.Text("text");
        var value = body.Text("value");
        return type switch
        {
            "message" when !string.IsNullOrWhiteSpace(text) => (Wire.Clean(text, MostTextCharacters), false),
            "message" when value is not null => (Wire.Clean(value, MostTextCharacters), true),
            "message" => ("", false),
            "event" when !string.IsNullOrWhiteSpace(value) => (Wire.Clean(value, MostTextCharacters), true),
            _ => (null, false),
        };
    }

    static ImmutableDictionary<string, JsonNode> EchoedOf(JsonElement body, JsonElement? channelData)
    {
        var echoed = ImmutableDictionary.CreateBuilder<string, JsonNode>(StringComparer.Ordinal);
        foreach (var name in (string[])["textFormat", "locale", "localTimestamp", "localTimezone"])
        {
            if (body.Text(name) is { Length: > 0 } text)
            {
                echoed[name] = Wire.Clean(text, MostNameCharacters);
            }
        }

        if (body.Text("name") is { Length: > 0 } eventName)
        {
            echoed["name"] = Redactor.Redact(Wire.Clean(eventName, MostNameCharacters)).Text;
        }

        if (channelData is { ValueKind: JsonValueKind.Object } given)
        {
            // Too much of it is not worth a refusal: what the client needs to know its own message again stays.
            var isSmall = given.GetRawText().Length <= MostChannelDataCharacters;
            echoed["channelData"] = new JsonObject(given.EnumerateObject()
                .Where(property => property.Value.ValueKind != JsonValueKind.Null && (isSmall || property.NameEquals("clientActivityID")))
                .Select(property => KeyValuePair.Create(property.Name, property.NameEquals("clientActivityID") ? JsonNode.Parse(property.Value.GetRawText()) : Redacted(property.Value))));
        }

        return echoed.ToImmutable();
    }

    /// <summary>The transcript keeps no private data, and clients put what was typed here too (<c>messageBack.displayText</c>).</summary>
    static JsonNode? Redacted(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => new JsonObject(value.EnumerateObject()
            .Where(property => property.Value.ValueKind != JsonValueKind.Null)
            .Select(property => KeyValuePair.Create(property.Name, Redacted(property.Value)))),
        JsonValueKind.Array => new JsonArray([.. value.EnumerateArray().Select(Redacted)]),
        JsonValueKind.String => Redactor.Redact(value.GetString()!).Text,
        _ => JsonNode.Parse(value.GetRawText()),
    };
}
