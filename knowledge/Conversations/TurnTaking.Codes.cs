using System.Collections.Immutable;
using System.Diagnostics;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Passcodes;

namespace SupportBot.Knowledge.Conversations;

/// <content>A code that was sent to the person's own contact: what became of it, and what can be done. None is ever made here.</content>
sealed partial class TurnTaking
{
    const int MostCodeChoices = 4;

    /// <summary>A caller needs this long to hang up before the phone can ring.</summary>
    static readonly TimeSpan untilLineIsFree = TimeSpan.FromMinutes(1);

    /// <summary>What the message says about the code on file; null when there is none, or it is about something else.</summary>
    Turn? AboutCode(string folded) =>
        situation.Code is not { } code || (state.Pending is Pending.AtStep && IsStepAnswer(folded)) ? null : book.Pack.Codes.Match(folded) switch
        {
            null => null,
            CodeWord.NotMe => Disavowed(code),
            CodeWord.Expired or CodeWord.Where => CodeStatus(code),
            CodeWord.Wrong => code.IsLive ? CodeMenu(code, CodeSays(Prompts.CodeWrongAdvice, code)) : CodeStatus(code),
            CodeWord.Again => SendCode(code, way: null),
            CodeWord.Text => SendCode(code, DeliveryChannel.Text),
            CodeWord.Mail => SendCode(code, DeliveryChannel.Mail),

            // Without a code that could be read, "call me" asks for a person.
            CodeWord.Call => code.IsLive ? SendCode(code, DeliveryChannel.Call) : null,
            CodeWord.About => BackToSteps(new() { Messages = [CodeSays(Prompts.CodeAbout, code)] }),
            _ => throw new UnreachableException(),
        };

    /// <summary>Where the code is, how long it works, and what can be done.</summary>
    Turn CodeStatus(CodeOnFile code)
    {
        var messages = ImmutableArray.CreateBuilder<Message>();
        messages.Add(CodeSays(Prompts.CodeLast, code));
        if (code.IsLive)
        {
            messages.Add(CodeSays(DeliveryPromptOf(code), code, code.Ago));
            if (code is { Way: DeliveryChannel.Mail, Delivery: DeliveryState.Sent, Kind: PasscodeKind.Activation })
            {
                messages.Add(book.Say(Prompts.CodeMailDays));
            }

            if (AdviceOn(code.Reason) is { } advice)
            {
                messages.Add(advice);
            }

            messages.Add(CodeSays(Prompts.CodeWorksFor, code, code.Left));
            return CodeMenu(code, [.. messages]);
        }

        messages.Add(book.Say(code.State switch
        {
            PasscodeState.Accepted => Prompts.CodeHasAccepted,
            PasscodeState.Expired => Prompts.CodeHasExpired,
            PasscodeState.Voided => Prompts.CodeHasVoided,
            PasscodeState.Superseded => Prompts.CodeHasSuperseded,
            PasscodeState.Locked => Prompts.CodeHasLocked,
            PasscodeState.Live => throw new UnreachableException(),
            _ => throw new UnreachableException(),
        }));
        return CodeMenu(code, [.. messages, book.Say(Prompts.CodeAskNew)]);
    }

    static string DeliveryPromptOf(CodeOnFile code) => code.Delivery switch
    {
        DeliveryState.Queued or DeliveryState.Attempting => Prompts.CodeIsQueued,
        DeliveryState.Unknown => Prompts.CodeIsSent,
        DeliveryState.Sent => code.Way switch
        {
            DeliveryChannel.Mail => Prompts.CodeIsMailed,
            DeliveryChannel.Email => Prompts.CodeIsEmailed,
            DeliveryChannel.Text or DeliveryChannel.Call => Prompts.CodeIsSent,
            _ => throw new UnreachableException(),
        },
        DeliveryState.Delivered => Prompts.CodeIsDelivered,
        DeliveryState.Undeliverable => Prompts.CodeIsUndeliverable,
        DeliveryState.Canceled => Prompts.CodeIsStopped,
        _ => throw new UnreachableException(),
    };

    /// <summary>What the person can do about a delivery that failed; null when there is nothing.</summary>
    Message? AdviceOn(string? reason) => reason is not null && DeliveryReasons.Advised.Contains(reason) ? book.Say($"advice-{reason}") : null;

    /// <summary>The ways there are for a new code, and a person.</summary>
    Turn CodeMenu(CodeOnFile code, params ImmutableArray<Message> first)
    {
        ImmutableArray<CodeChoice> rest = state.Walk is null ? [CodeChoice.HelpDesk] : [CodeChoice.Resume, CodeChoice.HelpDesk];
        ImmutableArray<CodeChoice> choices = [.. code.WaysNow.Take(MostCodeChoices - rest.Length).Select(ChoiceOf), .. rest];
        if (code is { IsLive: true, Wait: var wait } && wait != TimeSpan.Zero)
        {
            first = wait is { } left ? first.Add(CodeSays(Prompts.CodeWait, code, left)) : first.AddRange(book.Say(Prompts.CodeNoMore), book.Say(Prompts.CodeAskNew));
        }

        // "Step by step" leads through what can be done about such a code.
        var entry = book.Pack.OrderedEntries.FirstOrDefault(entry => entry.Code == code.Kind);
        return Done(
            Matched() with { Pending = new Pending.Code(choices), LastAnswer = entry?.Slug ?? state.LastAnswer },
            book.Offer(new() { Messages = first }, book.Text(Prompts.CodeWhatNext), choices.Select(TitleOf)),
            "code");
    }

    /// <summary>A new code to the person's own contact, where that is possible now.</summary>
    /// <param name="code">The one on file.</param>
    /// <param name="way">Null: the first that is possible.</param>
    Turn SendCode(CodeOnFile code, DeliveryChannel? way)
    {
        if (!code.IsLive)
        {
            return CodeStatus(code);
        }

        if (code.WaysNow.IsEmpty)
        {
            return code.Ways.IsEmpty ? CodeMenu(code, book.Say(Prompts.CodeNoWay)) : CodeMenu(code);
        }

        var chosen = way ?? code.WaysNow[0];
        if (!code.WaysNow.Contains(chosen))
        {
            var reason = chosen != DeliveryChannel.Text ? null : situation.OptedOut ? DeliveryReasons.OptedOut : situation.NoTextReason;
            return CodeMenu(code, [Way(Prompts.CodeNotThatWay, chosen), .. AdviceOn(reason) is { } advice ? (Message[])[advice] : []]);
        }

        var said = new Reply { Messages = SentAgain(code, chosen) };
        return chosen == DeliveryChannel.Call && state.Channel == Channel.Voice
            ? Done(Paused(Matched()) with { Pending = new Pending.Open() }, said with { End = new ReplyEnd.HangUp() }, "code")
            : BackToSteps(said);
    }

    /// <summary>Sends it, and says so; how long a call takes to come, too, where others wait for theirs.</summary>
    ImmutableArray<Message> SentAgain(CodeOnFile code, DeliveryChannel way)
    {
        var isOnThisLine = way == DeliveryChannel.Call && state.Channel == Channel.Voice;
        effects.Add(new Effect.SendCodeAgain(code.Id, way, isOnThisLine ? untilLineIsFree : TimeSpan.Zero));
        var sent = CodeSays(
            way switch
            {
                DeliveryChannel.Text => Prompts.CodeSentText,
                DeliveryChannel.Call => Prompts.CodeSentCall,
                DeliveryChannel.Mail => Prompts.CodeSentMail,
                DeliveryChannel.Email => Prompts.CodeSentEmail,
                _ => throw new UnreachableException(),
            },
            code);
        return way == DeliveryChannel.Call && code.CallQueue > untilLineIsFree ? [sent, CodeSays(Prompts.CodeCallQueue, code, code.CallQueue)] : [sent];
    }

    /// <summary>The person never asked for it.</summary>
    Turn Disavowed(CodeOnFile code)
    {
        effects.Add(new Effect.DisavowCode(code.Id));
        return BackToSteps(book.Reply(code.IsLive ? Prompts.CodeCanceled : Prompts.CodeCanceledAlready, Prompts.UnaskedCode));
    }

    /// <summary>It sounds as if the person never asked for it: that is worth a question before their code is gone.</summary>
    Turn OfferToCancel()
    {
        ImmutableArray<CodeChoice> choices = [CodeChoice.Cancel, CodeChoice.Keep, CodeChoice.HelpDesk];
        return Done(
            Matched() with { Pending = new Pending.Code(choices) },
            book.Offer(book.Reply(Prompts.UnaskedCode), book.Text(Prompts.CodeCancelQuestion), choices.Select(TitleOf)),
            "safety/unasked-code");
    }

    /// <summary>What was picked about the code; it may have ended since it was offered.</summary>
    Turn CodeChosen(CodeChoice choice) => choice switch
    {
        CodeChoice.HelpDesk => HelpDesk(EscalationReason.NotHelped, [], "handoff"),
        CodeChoice.Resume => Return(),
        CodeChoice.Keep => BackToSteps(book.Reply(Prompts.CodeKept)),
        _ when situation.Code is not { } => BackToSteps(book.Reply(Prompts.CodeAskNew)),
        CodeChoice.Cancel => Disavowed(situation.Code!),
        CodeChoice.Text => SendCode(situation.Code!, DeliveryChannel.Text),
        CodeChoice.Call => SendCode(situation.Code!, DeliveryChannel.Call),
        CodeChoice.Mail => SendCode(situation.Code!, DeliveryChannel.Mail),
        CodeChoice.Email => SendCode(situation.Code!, DeliveryChannel.Email),
        _ => throw new UnreachableException(),
    };

    /// <summary>Says something, then goes on where the person was.</summary>
    Turn BackToSteps(Reply said) => state.Walk is null
        ? Done(Matched() with { Pending = new Pending.Open() }, said, "code")
        : Done(Matched() with { Pending = new Pending.AtStep() }, said.Then(book.Reply(Prompts.StepsBack)).Then(StepView()), "code", isPlace: false);

    static CodeChoice ChoiceOf(DeliveryChannel way) => way switch
    {
        DeliveryChannel.Text => CodeChoice.Text,
        DeliveryChannel.Call => CodeChoice.Call,
        DeliveryChannel.Mail => CodeChoice.Mail,
        DeliveryChannel.Email => CodeChoice.Email,
        _ => throw new UnreachableException(),
    };

    string TitleOf(CodeChoice choice) => book.Text(choice switch
    {
        CodeChoice.Text => Prompts.CodeChoiceText,
        CodeChoice.Call => Prompts.CodeChoiceCall,
        CodeChoice.Mail => Prompts.CodeChoiceMail,
        CodeChoice.Email => Prompts.CodeChoiceEmail,
        CodeChoice.Cancel => Prompts.CodeChoiceCancel,
        CodeChoice.Keep => Prompts.CodeChoiceKeep,
        CodeChoice.HelpDesk => Prompts.HelpDeskChoice,
        CodeChoice.Resume => Prompts.ResumeChoice,
        _ => throw new UnreachableException(),
    });

    Message CodeSays(string promptKey, CodeOnFile code, TimeSpan? time = null) => new([new Span.Text(Template.Fill(book.Text(promptKey), name => name switch
    {
        "title" => book.Text(PasscodeWording.NameOf(code.Kind)),
        "host" => code.SiteHost.Length > 0 ? code.SiteHost : null,
        "way" => WayName(code.Way),
        "time" => PasscodeWording.Duration(book.Pack, time ?? TimeSpan.Zero),
        _ => null,
    }))]);

    Message Way(string promptKey, DeliveryChannel way) => book.Say(promptKey, "way", WayName(way));

    string WayName(DeliveryChannel way) => book.Text($"way-{way.Name()}");
}
