using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Limits;

namespace SupportBot.Tests.Limits;

public sealed class NumberPlanTests
{
    [Theory]
    [InlineData("+12025550123", "US", false)]
    [InlineData("+17875550123", "PR", false)]
    [InlineData("+13405550123", "VI", false)]
    [InlineData("+16715550123", "GU", false)]
    [InlineData("+14165550123", "CA", false)]
    [InlineData("+18765550123", "JM", false)]
    [InlineData("+18095550123", "DO", false)]
    [InlineData("+19005550123", "US", true)]
    [InlineData("+12129765123", "US", true)]
    [InlineData("+442071838750", "GB", false)]
    [InlineData("+525512345678", "MX", false)]
    [InlineData("+37165550123", "LV", false)]
    [InlineData("+99965550123", "ZZ", false)]
    public void Digits_tell_the_country_and_whether_a_call_costs_extra(string text, string country, bool isPremium)
    {
        Assert.True(PhoneNumber.TryParse(text, out var number));

        Assert.Equal(country, NumberPlan.CountryOf(number));
        Assert.Equal(isPremium, NumberPlan.IsPremium(number));
        Assert.StartsWith(NumberPlan.RangeOf(number), number.Value, StringComparison.Ordinal);
    }
}
