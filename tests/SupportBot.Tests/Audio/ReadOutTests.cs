using System.Globalization;
using System.Xml.Linq;
using SupportBot.Ivr.Voice;

namespace SupportBot.Tests.Audio;

/// <summary>Codes read aloud must be understood on a bad line: the pauses are there for that.</summary>
[Trait("category", "audio")]
public sealed class ReadOutTests
{
    const double Ratio = 20;

    internal static readonly string[] Codes = ["482913", "170526", "936058", "604817", "258390", "713649", "895204", "341762"];

    [Fact]
    public async Task Digits_read_with_pauses_are_understood_better_than_a_number()
    {
        var few = AudioCallTests.IsFull ? Codes : Codes[..3];
        var spelled = await RightAsync(few, code => new XElement("Say", SpokenText.Spelled($"{code[..3]} {code[3..]}")));
        var number = await RightAsync(few, code => new XElement("Say", int.Parse(code, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)));
        var said = string.Create(CultureInfo.InvariantCulture, $"with pauses {spelled:P0}, as a number {number:P0} of the digits");

        TestContext.Current.TestOutputHelper?.WriteLine(said);
        Assert.True(spelled >= 0.7 && spelled > number, said);
    }

    /// <summary>Part of the digits that were heard in their place; each code is said twice.</summary>
    static async Task<double> RightAsync(IReadOnlyCollection<string> said, Func<string, XElement> sayOf)
    {
        var right = 0;
        foreach (var (index, code) in said.Index())
        {
            var heard = await ReadOut.HearAsync([sayOf(code), new XElement("Pause"), sayOf(code)], code.Length, Ratio, (ulong)index * 2, TestContext.Current.CancellationToken);
            right += heard.Sum(digits => digits.Zip(code, (one, other) => one == other).Count(same => same));
        }

        return (double)right / said.Sum(code => 2 * code.Length);
    }
}
