using System.Diagnostics;
using System.Globalization;
using SupportBot.Knowledge.Content;

namespace SupportBot.Knowledge.Passcodes;

/// <summary>A code in words: the sentences are prompts, the last line of a text is the origin-bound form (WICG, sms-one-time-codes).</summary>
/// <param name="pack">In the language of the person.</param>
/// <param name="code">Opened.</param>
public sealed class PasscodeWording(LanguagePack pack, SealedPasscode passcode, string code)
{
    const int HoursBeforeDays = 48;
    const int MinutesBeforeHours = 120;

    /// <summary>The code itself, unparted: people copy it.</summary>
    public string Code => code;

    public string Subject => Fill(pack.Prompts[Prompts.PasscodeEmailSubject].Written, DateTimeOffset.MinValue);

    /// <summary>A text of one GSM-7 segment.</summary>
    public string Text(DateTimeOffset now)
    {
        var main = Fill(pack.Prompts[KeyOf(passcode.Kind)].Text, now);
        if (passcode.Generation > 1)
        {
            main += " " + pack.Prompts[Prompts.PasscodeReplaced].Text;
        }

        // Worth saying, but not worth a second segment.
        var whole = Gsm7.Fold($"{main} {pack.Prompts[Prompts.PasscodeNotYou].Text}{LastLine}", out _);
        return Gsm7.Segments(whole) == 1 ? whole : Gsm7.Fold(main + LastLine, out _);
    }

    public string Email(DateTimeOffset now)
    {
        var main = Fill(pack.Prompts[KeyOf(passcode.Kind)].Written, now);
        return passcode.Generation > 1 ? $"{main}\n\n{pack.Prompts[Prompts.PasscodeReplaced].Written}" : main;
    }

    public string Letter(DateTimeOffset now)
    {
        var main = $"{Fill(pack.Prompts[Prompts.PasscodeLetterHead].Written, now)}\n\n{Fill(pack.Prompts[Prompts.PasscodeLetter].Written, now)}";
        return passcode.Generation > 1 ? $"{main}\n\n{pack.Prompts[Prompts.PasscodeReplaced].Written}" : main;
    }

    /// <summary>Who calls and why, before any key is pressed: nothing of the code.</summary>
    public static string CallIntroduction(LanguagePack pack, PasscodeKind kind) => pack.Prompts[KeyOf(kind)].Spoken;

    /// <summary>What is said before the code is read.</summary>
    public string CallCode => passcode.Generation > 1
        ? $"{pack.Prompts[Prompts.PasscodeReplaced].Spoken} {Fill(pack.Prompts[Prompts.PasscodeCallCode].Spoken, DateTimeOffset.MinValue)}"
        : Fill(pack.Prompts[Prompts.PasscodeCallCode].Spoken, DateTimeOffset.MinValue);

    /// <summary>Whether texts for a page stay within one segment, whatever the code.</summary>
    public static bool FitsOneSegment(LanguagePack pack, PasscodeKind kind, PasscodePolicy policy, string siteHost, DateTimeOffset now)
    {
        var longest = new SealedPasscode("", kind, pack.Language, siteHost, Generation: 2, SealedCode: null, now + policy.Lifetime);
        return Gsm7.Segments(new PasscodeWording(pack, longest, new string('8', policy.Letters + policy.Digits)).Text(now)) == 1;
    }

    /// <summary>A date in words.</summary>
    public static string Date(LanguagePack pack, DateTimeOffset at)
    {
        var months = pack.Prompts[Prompts.Months].Written.Split(' ');
        return Template.Fill(pack.Prompts[Prompts.DateLong].Written, name => name switch
        {
            "day" => at.Day.ToString(CultureInfo.InvariantCulture),
            "month" => months[at.Month - 1],
            "year" => at.Year.ToString(CultureInfo.InvariantCulture),
            _ => null,
        });
    }

    /// <summary>When a letter printed now is there at the latest (facts.yaml, activation-mail-days).</summary>
    public static DateTimeOffset ExpectedArrival(DateTimeOffset printedAt) => printedAt.AddDays(MailDays);

    /// <summary>Days that the sources name for mail; a test compares it with the fact.</summary>
    public const int MailDays = 10;

    string LastLine => $"\n\n@{passcode.SiteHost} #{code}";

    string Fill(string template, DateTimeOffset now) => Template.Fill(template, name => name switch
    {
        "code" => Code,
        "host" => passcode.SiteHost,
        "time" => Duration(pack, passcode.ExpiresAt - now),
        "date" => Date(pack, passcode.ExpiresAt),
        "arrival" => Date(pack, ExpectedArrival(now)),
        "number" => code.Length.ToString(CultureInfo.InvariantCulture),
        "title" => pack.Prompts[NameOf(passcode.Kind)].Written,
        _ => null,
    });

    /// <summary>A duration in words, rounded to what a person would say; at least a minute.</summary>
    public static string Duration(LanguagePack pack, TimeSpan left)
    {
        var (key, count) = left switch
        {
            { TotalHours: >= HoursBeforeDays } => (Prompts.DurationDays, left.TotalDays),
            { TotalMinutes: >= MinutesBeforeHours } => (Prompts.DurationHours, left.TotalHours),
            { TotalMinutes: < 1.5 } => (Prompts.DurationMinute, 1),
            _ => (Prompts.DurationMinutes, left.TotalMinutes),
        };
        return Template.Fill(
            pack.Prompts[key].Written, name => name == "number" ? Math.Round(count).ToString(CultureInfo.InvariantCulture) : null);
    }

    static string KeyOf(PasscodeKind kind) => kind switch
    {
        PasscodeKind.Security => Prompts.PasscodeSecurity,
        PasscodeKind.Activation => Prompts.PasscodeActivation,
        PasscodeKind.Reset => Prompts.PasscodeReset,
        _ => throw new UnreachableException(),
    };

    /// <summary>Prompt key of the kind's name.</summary>
    public static string NameOf(PasscodeKind kind) => kind switch
    {
        PasscodeKind.Security => Prompts.PasscodeNameSecurity,
        PasscodeKind.Activation => Prompts.PasscodeNameActivation,
        PasscodeKind.Reset => Prompts.PasscodeNameReset,
        _ => throw new UnreachableException(),
    };
}
