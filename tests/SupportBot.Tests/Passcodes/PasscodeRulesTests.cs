using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Passcodes;

public sealed class PasscodeRulesTests
{
    static readonly PasscodeOptions options = new();
    static readonly DateTimeOffset at = ManualTime.WorkingDay;

    [Fact]
    public void A_security_code_has_six_digits_and_the_others_a_letter_and_seven()
    {
        for (var draw = 0; draw < 500; draw++)
        {
            Assert.Matches("^[0-9]{6}$", PasscodeGenerator.Draw(options.Security));
            Assert.Matches("^[AC-HJ-KM-NP-RT-Y][0-9]{7}$", PasscodeGenerator.Draw(options.Activation));
            Assert.Matches("^[AC-HJ-KM-NP-RT-Y][0-9]{7}$", PasscodeGenerator.Draw(options.Reset));
        }

        Assert.DoesNotContain(PasscodeGenerator.Letters, letter => "BILOSZ".Contains(letter));
    }

    [Theory]
    [InlineData(" 482 913 ", "482913")]
    [InlineData("482-913", "482913")]
    [InlineData("#482913", "482913")]
    [InlineData("4829l3", "482913")]
    [InlineData("4829I3", "482913")]
    [InlineData("k48O1993", "K4801993")]
    [InlineData("K 480 1993", "K4801993")]
    [InlineData("４８２９１３", "482913")]
    [InlineData("48291é", "48291?")]
    public void Entry_is_forgiving(string typed, string normal) => Assert.Equal(normal, PasscodeGenerator.Normalize(typed));

    [Fact]
    public void Forgiving_entry_never_makes_two_codes_one() => Prop.ForAll(
        Gen.Two(Gen.Fresh(() => PasscodeGenerator.Draw(options.Activation))).ToArbitrary(),
        pair => pair.Item1 == pair.Item2 || PasscodeGenerator.Normalize(pair.Item1) != PasscodeGenerator.Normalize(pair.Item2)).QuickCheckThrowOnFailure();

    [Fact]
    public void Five_wrong_tries_end_a_code_and_say_so()
    {
        var passcode = Live(PasscodeKind.Security);
        for (var left = 4; left > 0; left--)
        {
            (var check, passcode) = passcode.Try(CodeMatch.None, [], options, at);
            Assert.Equal(new PasscodeCheck.Wrong(left), check);
        }

        (var last, passcode) = passcode.Try(CodeMatch.None, [], options, at);
        var (afterwards, _) = passcode.Try(CodeMatch.Current, [], options, at);

        Assert.Equal(new PasscodeCheck.Locked(null), last);
        Assert.Equal(new PasscodeCheck.Locked(null), afterwards);
    }

    [Fact]
    public void Ten_wrong_tries_lock_an_account_for_ten_minutes_and_each_further_one_for_twice_as_long()
    {
        ImmutableArray<DateTimeOffset> Tries(int count) => [.. Enumerable.Repeat(at, count)];

        Assert.Null(AccountTries.LockedUntil(Tries(9), options, at));
        Assert.Equal(at.AddMinutes(10), AccountTries.LockedUntil(Tries(10), options, at));
        Assert.Null(AccountTries.LockedUntil(Tries(10), options, at.AddMinutes(10)));
        Assert.Equal(at.AddMinutes(20), AccountTries.LockedUntil(Tries(11), options, at));
        Assert.Null(AccountTries.LockedUntil(Tries(50), options, at.AddHours(24)));
    }

    [Fact]
    public void A_day_allows_far_fewer_guesses_than_a_hundred()
    {
        var tries = ImmutableArray<DateTimeOffset>.Empty;
        for (var now = at; now < at.AddHours(24); now = now.AddSeconds(30))
        {
            if (AccountTries.LockedUntil(tries, options, now) is null)
            {
                tries = tries.Add(now);
            }
        }

        Assert.InRange(tries.Length, 10, 25);
    }

    [Fact]
    public void A_clock_that_steps_back_frees_nobody() =>
        Assert.NotNull(AccountTries.LockedUntil([.. Enumerable.Repeat(at, 10)], options, at.AddHours(-3)));

    [Fact]
    public void A_locked_account_tells_until_when_and_uses_up_nothing()
    {
        var passcode = Live(PasscodeKind.Security);

        var (check, after) = passcode.Try(CodeMatch.Current, [.. Enumerable.Repeat(at, 10)], options, at.AddMinutes(1));

        Assert.Equal(new PasscodeCheck.Locked(at.AddMinutes(10)), check);
        Assert.Equal(passcode, after);
    }

    [Fact]
    public void Whatever_is_tried_in_whatever_order_a_code_is_accepted_once_and_never_beyond_the_limits() => Prop.ForAll(
        Gen.Elements(Enum.GetValues<CodeMatch>()).ArrayOf().ToArbitrary(),
        Gen.Choose(0, 700).ArrayOf().ToArbitrary(),
        (matches, seconds) =>
        {
            var passcode = Live(PasscodeKind.Security);
            var (now, accepted, wrong) = (at, 0, 0);
            var tries = ImmutableArray<DateTimeOffset>.Empty;
            for (var index = 0; index < matches.Length; index++)
            {
                now = now.AddSeconds(index < seconds.Length ? seconds[index] / 10 : 1);
                var (check, after) = passcode.Try(matches[index], tries, options, now);
                if (after.WrongTries > passcode.WrongTries)
                {
                    wrong++;
                    tries = tries.Add(now);
                }

                accepted += check is PasscodeCheck.Accepted ? 1 : 0;
                passcode = after;
            }

            return accepted <= 1 && wrong <= options.Security.WrongTries && (accepted == 0 || passcode.State == PasscodeState.Accepted);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_expired_code_is_expired_whether_or_not_it_is_right() => Assert.All(Enum.GetValues<CodeMatch>(), match =>
        Assert.IsType<PasscodeCheck.Expired>(Live(PasscodeKind.Security).Try(match, [], options, at.AddMinutes(10)).Check));

    [Fact]
    public void The_wait_before_another_resend_grows_up_to_half_an_hour() => Assert.Equal(
        [0, 1, 2, 4, 8, 16, 32, 32, 32], Enumerable.Range(0, 9).Select(resends => (int)ResendWait.After(resends).TotalMinutes));

    [Fact]
    public void Mail_takes_as_long_as_the_fact_says() => Assert.Equal(
        $"{PasscodeWording.MailDays} days", BotApplication.Shipped.Library.Facts["activation-mail-days", Language.En].Written);

    [Theory]
    [InlineData(Language.En)]
    [InlineData(Language.Es)]
    public void A_text_is_one_segment_and_ends_with_the_origin_bound_line(Language language)
    {
        foreach (var kind in PasscodeKinds.All)
        {
            foreach (var generation in (int[])[1, 2])
            {
                var code = new SealedPasscode("id", kind, language, "secure.ssa.gov", generation, "sealed", at + options.For(kind).Lifetime);
                var text = new PasscodeWording(BotApplication.Shipped.Library[language], code, "K4821993").Text(at);

                Assert.Equal(1, Gsm7.Segments(text));
                Assert.Equal("@secure.ssa.gov #K4821993", text.Split('\n')[^1]);
                Assert.Equal("", text.Split('\n')[^2]);
                Assert.DoesNotContain('{', text);
            }
        }
    }

    [Fact]
    public void Every_reason_has_an_advice_in_both_languages() => Assert.All(DeliveryReasons.Advised, reason =>
    {
        Assert.Contains($"advice-{reason}", Prompts.All);
        Assert.All(Enum.GetValues<Language>(), language => Assert.NotEmpty(BotApplication.Shipped.Library[language].Prompts[$"advice-{reason}"].Spoken));
    });

    [Fact]
    public void Every_carrier_code_leads_to_a_reason_with_an_advice() =>
        Assert.All(CarrierCodes.All.Values, code => Assert.Contains(code.Reason, DeliveryReasons.Advised));

    [Fact]
    public void No_channel_comes_twice_and_none_that_is_closed() => Prop.ForAll(
        Gen.Shuffle(DeliveryChannels.All.AsEnumerable()).Select(all => ImmutableArray.Create(all.ToArray())).ToArbitrary(),
        Gen.SubListOf(DeliveryChannels.All.AsEnumerable()).Select(used => used.ToHashSet()).ToArbitrary(),
        Gen.Three(Gen.Elements(true, false)).ToArbitrary(),
        (wanted, used, flags) =>
        {
            var away = flags.Item3 ? ImmutableHashSet.Create(DeliveryChannel.Text, DeliveryChannel.Call) : [];
            var plan = DeliveryPlan.Next(wanted, used, new(flags.Item1, flags.Item2 ? DeliveryReasons.TakesNoTexts : null, away));
            var isTextClosed = flags.Item1 || flags.Item2;
            return plan.Channel is not { } channel
                ? wanted.All(other => used.Contains(other) || (other == DeliveryChannel.Text && isTextClosed))
                : !used.Contains(channel) && !(channel == DeliveryChannel.Text && isTextClosed)
                    && (!away.Contains(channel) || wanted.Where(other => !used.Contains(other) && !(other == DeliveryChannel.Text && isTextClosed)).All(away.Contains));
        }).QuickCheckThrowOnFailure();

    static Passcode Live(PasscodeKind kind) => new()
    {
        Id = "pc_1", Owner = "owner", Kind = kind, Account = "account", Language = Language.En, SiteHost = "example.gov", Channels = [DeliveryChannel.Text],
        Hash = new("", ""), LastSentAt = at, CreatedAt = at, ExpiresAt = at + options.For(kind).Lifetime,
    };
}
