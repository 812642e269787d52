using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Bot.DirectLine;

/// <summary>A turn as Direct Line activities: the person's message given back, then the bot's. Pure.</summary>
/// <param name="activity">What was posted; null when the conversation begins.</param>
/// <remarks>No property is ever null, and a list of actions says whom it is for: official clients check both.</remarks>
sealed class ActivityRenderer(Activity? activity) : IReplyRenderer
{
    static readonly JsonSerializerOptions json = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    public Rendering Render(Turn turn, ImmutableArray<TranscriptEntry> entries)
    {
        var conversation = turn.State.Id;
        var asked = entries.FirstOrDefault(entry => entry.Speaker == Speaker.Person);
        var replyToId = asked is null ? null : IdOf(conversation, asked.Sequence);
        var activities = entries.Select(entry => entry.Speaker == Speaker.Person
            ? Echo(conversation, entry)
            : Said(turn, entry, replyToId, isLast: entry == entries[^1]));
        return new(IdBody(replyToId ?? IdOf(conversation, turn.State.Entries)), [.. activities.Select(written => written.ToJsonString(json))]);
    }

    /// <summary>The answer to a post.</summary>
    internal static string IdBody(string id) => new JsonObject { ["id"] = id }.ToJsonString(json);

    static string IdOf(ConversationId conversation, int sequence) => string.Create(CultureInfo.InvariantCulture, $"{conversation.Value}|{sequence:D7}");

    /// <summary>The message as it was understood and stored, private data masked, with the client's own name for it.</summary>
    JsonObject Echo(ConversationId conversation, TranscriptEntry entry)
    {
        var echo = Stamped(activity?.Type ?? "message", conversation, entry);
        echo["from"] = new JsonObject { ["id"] = activity?.From ?? "user", ["role"] = "user" };
        if (entry.Text.Length > 0)
        {
            echo[activity is { IsValue: true } ? "value" : "text"] = entry.Text;
        }

        foreach (var (name, value) in activity?.Echoed ?? [])
        {
            echo[name] = value.DeepClone();
        }

        return echo;
    }

    static JsonObject Said(Turn turn, TranscriptEntry entry, string? replyToId, bool isLast)
    {
        var said = Stamped("message", turn.State.Id, entry);
        said["from"] = new JsonObject { ["id"] = "supportbot", ["name"] = "SupportBot", ["role"] = "bot" };
        said["text"] = entry.Text;
        said["textFormat"] = "markdown";
        said["locale"] = Wire.TagOf(turn.State.Language);
        if (replyToId is not null)
        {
            said["replyToId"] = replyToId;
        }

        // Clients show the actions of the newest message only.
        if (isLast && !turn.Reply.Choices.IsEmpty)
        {
            said["suggestedActions"] = new JsonObject
            {
                ["to"] = new JsonArray(),
                ["actions"] = new JsonArray([.. turn.Reply.Choices.Select(choice => new JsonObject
                {
                    ["type"] = "imBack",
                    ["title"] = choice.Title,
                    ["value"] = choice.Title,
                })]),
            };
        }

        return said;
    }

    static JsonObject Stamped(string type, ConversationId conversation, TranscriptEntry entry) => new()
    {
        ["type"] = type,
        ["id"] = IdOf(conversation, entry.Sequence),
        ["timestamp"] = entry.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        ["channelId"] = "directline",
        ["conversation"] = new JsonObject { ["id"] = conversation.Value },
    };
}
