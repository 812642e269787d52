namespace SupportBot.Tests.Audio;

/// <summary>How the carrier listens to a caller: for what our Gather hints at, with the words around it that any caller uses.</summary>
static class HintGrammar
{
    /// <summary>What people say before they come to the point.</summary>
    static readonly string[] leads =
    [
        "uh", "um", "well", "hello", "please", "i need", "i want", "i need help with", "i have a question about", "i have", "i have a", "i only have a", "i have no", "i do not have a",
        "i don't have a", "i need a", "i need the", "i want the", "my", "it is", "it's", "it is about", "what is", "what is a", "what is an", "how do i", "where is my",
        "i did not get", "i did not get my", "i didn't get my", "i never got my", "i lost my", "i forgot my", "can i", "uh my", "um my", "uh i need", "i would like",
    ];

    /// <summary>And after it.</summary>
    static readonly string[] tails =
    [
        "please", "never came", "did not come", "does not come", "didn't come", "is not coming", "has not come", "does not work", "is not working", "did not work", "thank you", "again",
        "only", "is wrong",
    ];

    /// <param name="hints">The attribute as it stands: phrases parted by commas.</param>
    internal static Listening Of(string hints)
    {
        var phrases = hints.Split(',').Select(SpokenWords.Of).Where(words => words.Length > 0).ToList();
        string[] words = [.. phrases.SelectMany(phrase => phrase).Concat(leads.Concat(tails).SelectMany(phrase => phrase.Split(' '))).Distinct(StringComparer.Ordinal)];
        return Listening.ForGrammar(
            $"""
            public <said> = /0.9/ <hint> | /0.05/ <lead> <hint> | /0.05/ <hint> <tail> | /0.01/ <lead> <hint> <tail>;
            <hint> = {string.Join(" | ", phrases.Select(phrase => string.Join(' ', phrase)).Distinct(StringComparer.Ordinal))};
            <lead> = {string.Join(" | ", leads)};
            <tail> = {string.Join(" | ", tails)};
            """,
            words,
            "-lw", "9", "-wip", "0.3");
    }
}
