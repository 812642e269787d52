using System.Collections.Frozen;
using System.Collections.Immutable;
using SupportBot.Knowledge.Content;

namespace SupportBot.Knowledge.Conversations;

/// <summary>Content in the wording of one conversation's channel and language.</summary>
sealed class Phrasebook(LanguagePack pack, Channel channel)
{
    internal LanguagePack Pack => pack;

    internal string Text(string promptKey) => pack.Prompts[promptKey].For(channel);

    internal Message Say(string promptKey) => new([new Span.Text(Text(promptKey))]);

    internal Message Say(string promptKey, string argument, string value) =>
        new([new Span.Text(Template.Fill(Text(promptKey), name => name == argument ? value : null))]);

    /// <summary>A prompt whose <c>{reference}</c> must be understood character by character.</summary>
    internal Message SayReference(string promptKey, string reference)
    {
        var template = Text(promptKey);
        var spans = ImmutableArray.CreateBuilder<Span>();
        var parts = template.Split("{reference}");
        for (var at = 0; at < parts.Length; at++)
        {
            if (at > 0)
            {
                spans.Add(new Span.Spelled(reference));
            }

            if (parts[at].Length > 0)
            {
                spans.Add(new Span.Text(parts[at]));
            }
        }

        return new(spans.ToImmutable());
    }

    internal Reply Reply(params IEnumerable<string> promptKeys) => new() { Messages = [.. promptKeys.Select(Say)] };

    /// <summary>The wording of a step or title in this conversation's language and channel.</summary>
    internal string Text(FrozenDictionary<Language, Wording> wordings) => (wordings.GetValueOrDefault(pack.Language) ?? wordings[Language.En]).For(channel);

    internal Message Answer(FaqEntry entry) => new([new Span.Text(entry.Answer.For(channel))]);

    /// <summary>Adds choices; where there are no buttons they are named in words, the keys last.</summary>
    internal Reply Offer(Reply reply, string introduction, params IEnumerable<string> titles)
    {
        var choices = titles.Select((title, index) => new Choice(index + 1, title)).ToImmutableArray();
        if (channel == Channel.Web)
        {
            return reply with { Messages = [.. reply.Messages, new([new Span.Text(introduction)])], Choices = choices };
        }

        var separator = channel == Channel.Sms ? "\n" : " ";
        var named = string.Join(separator, choices.Select(choice => Template.Fill(Text(Prompts.MenuChoice), name => name switch
        {
            "title" => choice.Title,
            "number" => choice.Number.ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ => null,
        })));
        return reply with { Messages = [.. reply.Messages, new([new Span.Text($"{introduction}{separator}{named}")])], Choices = choices };
    }
}
