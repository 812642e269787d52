using FsCheck;
using FsCheck.Fluent;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Tests.Understanding;

public sealed class RedactorTests
{
    [Theory]
    [InlineData("my social is 123-45-6789", "123-45-6789")]
    [InlineData("ssn 123456789 please", "123456789")]
    [InlineData("ssn 123 45 6789", "123 45 6789")]
    [InlineData("card 4111 1111 1111 1111 thanks", "4111 1111 1111 1111")]
    [InlineData("card 4111-1111-1111-1111", "4111-1111-1111-1111")]
    [InlineData("call me at (202) 555-0123", "555-0123")]
    [InlineData("call 202.555.0123", "202.555.0123")]
    [InlineData("+12025550123", "2025550123")]
    [InlineData("the code is 482913", "482913")]
    [InlineData("it says A482913", "482913")]
    [InlineData("mine was 482913B", "482913B")]
    [InlineData("write to jane.doe@example.com now", "jane.doe")]
    [InlineData("jane at gmail dot com", "jane")]
    [InlineData("my password is Hunter2!", "Hunter2")]
    [InlineData("password: correcthorse9", "correcthorse9")]
    [InlineData("my pin is 48291", "48291")]
    [InlineData("mi contraseña es Gato2024!", "Gato2024")]
    [InlineData("one two three four five six seven", "four five six")]
    [InlineData("uno dos tres cuatro cinco seis siete", "cuatro cinco")]
    public void Private_data_is_masked(string text, string secret)
    {
        var (masked, found) = Redactor.Redact(text);

        Assert.True(found);
        Assert.DoesNotContain(secret, masked, StringComparison.Ordinal);
        Assert.Contains(Redactor.Mask, masked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("my activation code never came")]
    [InlineData("I made my account before 2021")]
    [InlineData("between 2019 2020 2021 I moved")]
    [InlineData("since 9/18/2021 it fails")]
    [InlineData("on 2025-03-29 it stopped")]
    [InlineData("is 1-800-772-1213 the right number")]
    [InlineData("call 800 772 1213")]
    [InlineData("my case is C-4821 9930")]
    [InlineData("case C 4821 9930 please")]
    [InlineData("c48219930")]
    [InlineData("I am 83 and get 1200 a month")]
    [InlineData("my password is wrong")]
    [InlineData("the password was rejected again")]
    [InlineData("two of the three did not work")]
    [InlineData("login.gov says error 400")]
    [InlineData("")]
    public void What_is_no_secret_stays(string text)
    {
        var (masked, found) = Redactor.Redact(text);

        Assert.False(found);
        Assert.Equal(text, masked);
    }

    [Fact]
    public void Long_texts_take_linear_time()
    {
        var hostile = string.Concat(Enumerable.Repeat("1-2-3-4-5 a@b. password is is is ", 30_000));
        var clock = System.Diagnostics.Stopwatch.StartNew();

        _ = Redactor.Redact(hostile);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"took {clock.Elapsed}");
    }

    [Fact]
    public void What_was_masked_stays_masked() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>(),
        text =>
        {
            var once = Redactor.Redact(text ?? "").Text;
            return Redactor.Redact(once).Text == once;
        }).QuickCheckThrowOnFailure();
}
