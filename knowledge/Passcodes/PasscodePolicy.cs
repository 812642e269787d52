using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Deliveries;

namespace SupportBot.Knowledge.Passcodes;

/// <summary>The rules of one kind of code.</summary>
public sealed class PasscodePolicy
{
    /// <summary>Leading letters, drawn from <see cref="PasscodeGenerator.Letters"/>. A letter tells an activation code from a security code at a glance.</summary>
    [Range(0, 4)]
    public int Letters { get; set; }

    /// <summary>Decimal digits after the letters. At least six (NIST SP 800-63B-4, Out-of-Band Devices; SP 800-63A-4, §3.8).</summary>
    [Range(6, 12)]
    public int Digits { get; set; } = 6;

    /// <summary>From issue, or from the last resend, to expiry.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan Lifetime { get; set; }

    /// <summary>This many wrong tries end the code (Twilio Verify: five, error 60202).</summary>
    [Range(1, 100)]
    public int WrongTries { get; set; } = 5;

    /// <summary>Channels that the agency allows, parted by commas: text, call, mail, email.</summary>
    public string Channels { get; set; } = "";

    /// <summary><see cref="Channels"/>, read; unknown words are left out here and reported at start.</summary>
    public ImmutableArray<DeliveryChannel> AllowedChannels =>
        [.. Channels.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(DeliveryChannels.Parse).OfType<DeliveryChannel>().Distinct()];
}

/// <summary>Kinds of code and what guards them. Section <c>Passcodes</c>.</summary>
public sealed class PasscodeOptions
{
    public const string Section = "Passcodes";

    /// <summary>
    /// Six digits for ten minutes, once (NIST SP 800-63B-4, Out-of-Band Devices). E-mail is allowed because the source (Social Security FAQ, “security code”)
    /// offers it to older accounts; NIST does not accept e-mail for out-of-band authentication, so an agency that follows it takes it off the list.
    /// </summary>
    public PasscodePolicy Security { get; set; } = new() { Digits = 6, Lifetime = TimeSpan.FromMinutes(10), Channels = "text, call, email" };

    /// <summary>A letter and seven digits for 30 days, by mail, text or automated call (Social Security FAQ, “What is an activation code?”).</summary>
    public PasscodePolicy Activation { get; set; } = new() { Letters = 1, Digits = 7, Lifetime = TimeSpan.FromDays(30), Channels = "text, call, mail" };

    /// <summary>As activation, by mail only (Social Security FAQ, lost e-mail address), for 21 days (NIST SP 800-63A-4, §3.8: postal, contiguous United States).</summary>
    public PasscodePolicy Reset { get; set; } = new() { Letters = 1, Digits = 7, Lifetime = TimeSpan.FromDays(21), Channels = "mail" };

    /// <summary>This many wrong tries on one account within <see cref="AccountWindow"/> lock it, whatever codes they were for (Login.gov: ten).</summary>
    [Range(1, 100)]
    public int AccountWrongTries { get; set; } = 10;

    /// <summary>How long a wrong try counts against its account. A new code does not reset it (NIST SP 800-63B-4, Rate Limiting).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan AccountWindow { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The first lock of an account. Each further wrong try in the window doubles it, which keeps a day far below NIST's hundred.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "24.00:00:00")]
    public TimeSpan AccountLock { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>An activation code that was not used by then is brought to mind once (Login.gov's letter: one e-mail at day 14). Zero: never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan ReminderAfter { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How often one code may be sent again.</summary>
    [Range(0, 100)]
    public int MostResends { get; set; } = 10;

    /// <summary>How long a code that has ended is still spoken of to the person whom it was for.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan RememberedFor { get; set; } = TimeSpan.FromDays(1);

    public PasscodePolicy For(PasscodeKind kind) => kind switch
    {
        PasscodeKind.Security => Security,
        PasscodeKind.Activation => Activation,
        PasscodeKind.Reset => Reset,
        _ => throw new UnreachableException(),
    };
}

/// <summary>Everything wrong with <see cref="PasscodeOptions"/>, at start.</summary>
sealed class PasscodeOptionsValidation : IValidateOptions<PasscodeOptions>
{
    public ValidateOptionsResult Validate(string? name, PasscodeOptions options)
    {
        var problems = new List<string>();
        foreach (var kind in PasscodeKinds.All)
        {
            var policy = options.For(kind);
            var results = new List<ValidationResult>();
            Validator.TryValidateObject(policy, new(policy), results, validateAllProperties: true);
            problems.AddRange(results.Select(result => $"Passcodes:{kind}: {result.ErrorMessage}"));
            var words = policy.Channels.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            problems.AddRange(words.Where(word => DeliveryChannels.Parse(word) is null).Select(word => $"Passcodes:{kind}:Channels: “{word}” is none of text, call, mail, email."));
            if (policy.AllowedChannels.IsEmpty)
            {
                problems.Add($"Passcodes:{kind}:Channels names no channel.");
            }
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
