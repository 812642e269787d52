using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace SupportBot.Knowledge.Conversations;

/// <summary>What the bot answers, in the wording of the channel but in no wire format.</summary>
public sealed record Reply
{
    /// <summary>One idea each: a bubble on the web, a sentence group on the phone, a paragraph of a text.</summary>
    public ImmutableArray<Message> Messages { get; init; } = [];

    /// <summary>What may be picked next; already named in <see cref="Messages"/> where the channel has no buttons.</summary>
    public ImmutableArray<Choice> Choices { get; init; } = [];

    public ReplyEnd End { get; init; } = new ReplyEnd.Listen();

    /// <summary>Nothing at all: another party has answered already, or nothing may be sent.</summary>
    public static Reply Nothing { get; } = new();

    public Reply Then(Reply next) => next with { Messages = [.. Messages, .. next.Messages] };
}

/// <summary>One idea.</summary>
public sealed record Message(ImmutableArray<Span> Spans)
{
    /// <summary>The language it is in where that is not the conversation's; null otherwise.</summary>
    public Language? Language { get; init; }

    /// <summary>As a person would write it down.</summary>
    [JsonIgnore]
    public string PlainText => string.Concat(Spans.Select(span => span switch
    {
        Span.Text text => text.Value,
        Span.Spelled spelled => spelled.Value,
        _ => throw new System.Diagnostics.UnreachableException(),
    }));
}

/// <summary>A stretch of a message.</summary>
[JsonDerivedType(typeof(Text), "text")]
[JsonDerivedType(typeof(Spelled), "spelled")]
public abstract record Span
{
    Span()
    {
    }

    public sealed record Text(string Value) : Span;

    /// <summary>A reference that must be understood character by character; groups are parted by spaces or hyphens.</summary>
    public sealed record Spelled(string Value) : Span;
}

/// <summary>Something a person may pick, by its words or by its number.</summary>
/// <param name="Number">1-based; the key on the phone, the digit in a text.</param>
/// <param name="Title">What the button says and what may be spoken.</param>
public sealed record Choice(int Number, string Title);

/// <summary>What happens after the messages.</summary>
[JsonDerivedType(typeof(Listen), "listen")]
[JsonDerivedType(typeof(HangUp), "hang-up")]
[JsonDerivedType(typeof(Transfer), "transfer")]
public abstract record ReplyEnd
{
    ReplyEnd()
    {
    }

    /// <summary>The person speaks next.</summary>
    /// <param name="Patient">The person asked for time: wait long before calling it silence.</param>
    public sealed record Listen(bool Patient = false) : ReplyEnd;

    public sealed record HangUp : ReplyEnd;

    /// <summary>To the help desk's number, on the phone.</summary>
    public sealed record Transfer : ReplyEnd;
}
