using SupportBot.Knowledge.Conversations;

namespace SupportBot.Tests.Conversations;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("+12025550123", "+12025550123")]
    [InlineData(" +1 202 555 0123 ", "+12025550123")]
    [InlineData("(202) 555-0123", "+12025550123")]
    [InlineData("202.555.0123", "+12025550123")]
    [InlineData("1-202-555-0123", "+12025550123")]
    [InlineData("12025550123", "+12025550123")]
    [InlineData("+44 20 7946 0000", "+442079460000")]
    [InlineData("+528112345678", "+528112345678")]
    public void A_number_is_read_as_E164(string text, string expected)
    {
        Assert.True(PhoneNumber.TryParse(text, out var number));
        Assert.Equal(expected, number.Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("anonymous")]
    [InlineData("+anonymous")]
    [InlineData("Restricted")]
    [InlineData("266696687")]
    [InlineData("+266696")]
    [InlineData("+0123456789")]
    [InlineData("22025550123")]
    [InlineData("5550123")]
    [InlineData("+1234567890123456")]
    [InlineData("client:alice2025550123")]
    [InlineData("+1202555012312025550123120255501231202555012312025550123")]
    public void What_is_no_number_is_refused(string? text) => Assert.False(PhoneNumber.TryParse(text, out _));

    [Fact]
    public void Printing_hides_all_but_the_last_two_digits()
    {
        _ = PhoneNumber.TryParse("+12025550123", out var number);

        Assert.Equal("…23", number.ToString());
        Assert.Equal("…23", $"{number}");
        Assert.Equal("", default(PhoneNumber).ToString());
    }

    [Theory]
    [InlineData("+12025550123", "202")]
    [InlineData("+442079460000", null)]
    [InlineData("+521234567890", null)]
    public void The_area_code_is_North_American_or_null(string text, string? expected)
    {
        _ = PhoneNumber.TryParse(text, out var number);

        Assert.Equal(expected, number.AreaCode);
    }
}
