using System.Xml.Linq;

namespace SupportBot.Tests.Audio;

/// <summary>Digits that TwiML reads aloud, as a person with a pencil hears them over the line.</summary>
static class ReadOut
{
    static readonly string[] digits = ["zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

    /// <summary>The digits of each Say that was heard, in the verbs' order. The listener knows how many to expect, but nothing else.</summary>
    /// <param name="verbs">Children of a Response or Gather that say only digits.</param>
    internal static async Task<IReadOnlyList<string>> HearAsync(IEnumerable<XElement> verbs, int count, double ratio, ulong seed, CancellationToken cancellationToken)
    {
        var heard = new List<string>();
        var listening = Listening.ForGrammar(
            $"""
            public <said> = {string.Join(' ', Enumerable.Repeat("<digit>", count))};
            <digit> = {string.Join(" | ", digits)};
            """,
            digits);
        foreach (var say in verbs.Where(verb => verb.Name.LocalName == "Say"))
        {
            if (await SpokenTwiml.SayAsync(say, cancellationToken) is { } said)
            {
                var words = await AudioLine.HearAsync(await AudioLine.CarryAsync(said, ratio, seed++, cancellationToken), listening, cancellationToken);
                heard.Add(string.Concat(words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word == "oh" ? "0" : SpokenWords.KeyOf(word))));
            }
        }

        return heard;
    }
}
