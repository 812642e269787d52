using System.Collections.Immutable;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Passcodes;

namespace SupportBot.Knowledge.Content;

/// <summary>One piece of content in the three forms that channels need. Facts are already filled in; arguments in braces are not.</summary>
/// <param name="Written">Markdown, for the web.</param>
/// <param name="Spoken">For a phone voice: no address read as punctuation.</param>
/// <param name="Text">For SMS: plain, meant for at most two GSM-7 segments.</param>
public sealed record Wording(string Written, string Spoken, string Text)
{
    public string For(Channel channel) => channel switch
    {
        Channel.Web => Written,
        Channel.Voice => Spoken,
        Channel.Sms => Text,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

/// <summary>An answer of the FAQ.</summary>
/// <param name="Slug">File name and article id; the canonical name everywhere.</param>
/// <param name="Agency">Whose sign-in the answer is about.</param>
/// <param name="Title">Short noun phrase for menus, at most 38 characters.</param>
/// <param name="Question">The question as the source asks it.</param>
/// <param name="Source">Document and question that the answer comes from.</param>
/// <param name="Answer">The answer in three wordings.</param>
/// <param name="More">What follows on the phone when the caller wants more; null when the answer says all.</param>
/// <param name="Twin">Slug of the other agency's entry for the same question where the answers differ; null when there is none.</param>
/// <param name="Code">The kind of code whose absence the question is about; where we sent one ourselves, what became of it is the better answer. Null otherwise.</param>
/// <param name="Phrasings">Messages that this entry answers: what understanding learns from.</param>
public sealed record FaqEntry(
    string Slug, Agency Agency, string Title, string Question, string Source, Wording Answer, string? More, string? Twin, PasscodeKind? Code,
    ImmutableArray<string> Phrasings);

/// <summary>Something people ask that the sources do not answer, kept so that it is recognised and sent to the right place.</summary>
/// <param name="Slug">File name.</param>
/// <param name="Title">How a reply names the topic.</param>
/// <param name="Redirect">Which redirect answer fits: the suffix of a prompt key <c>redirect-…</c>.</param>
/// <param name="Phrasings">Messages about the topic.</param>
public sealed record Topic(string Slug, string Title, string Redirect, ImmutableArray<string> Phrasings);

/// <summary>Something people say that is no question: about the conversation, about danger, to be polite.</summary>
/// <param name="Name">File name.</param>
/// <param name="Outcome">What it means, as router rules name it.</param>
/// <param name="Phrasings">Ways to say it. One of them as the whole message is certain; others are learnt from.</param>
public sealed record Intent(string Name, string Outcome, ImmutableArray<string> Phrasings);
