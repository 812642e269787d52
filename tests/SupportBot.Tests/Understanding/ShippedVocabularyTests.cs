using SupportBot.Knowledge.Conversations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Understanding;

/// <summary>Words that the bot itself tells people to say, and those that carriers reserve: whatever else is learnt, these hold on the content that ships.</summary>
public sealed class ShippedVocabularyTests
{
    [Theory]
    [InlineData("repeat", "repeat|Repeat.|repeat that|say that again|please repeat", "web voice sms")]
    [InlineData("back", "back|go back|Go back.", "web voice sms")]
    [InlineData("restart", "start over|restart|START OVER", "web voice sms")]
    [InlineData("restart", "start", "web voice")]
    [InlineData("slower", "slower|speak slower|slow down", "voice")]
    [InlineData("louder", "louder|speak louder", "voice")]
    [InlineData("wait", "wait|hold on|one moment", "web voice sms")]
    [InlineData("menu", "menu|main menu", "web voice sms")]
    [InlineData("help", "help|info", "web voice sms")]
    [InlineData("handoff", "help desk|Help Desk.|HELP DESK|agent|representative|person|operator|talk to a person|help desk please", "web voice sms")]
    [InlineData("handoff", "0|zero", "web voice")]
    [InlineData("yes", "yes", "web voice")]
    [InlineData("yes", "yeah|yep", "web voice sms")]
    [InlineData("no", "no|nope", "web voice sms")]
    [InlineData("end", "goodbye|bye", "web voice")]
    [InlineData("end", "stop|end|quit|cancel", "web voice")]
    [InlineData("opt-out", "stop|STOP|Stop.|end|quit|cancel|unsubscribe|revoke|optout|stopall", "sms")]
    [InlineData("opt-out", "stop texting me|please stop texting me", "web voice sms")]
    [InlineData("opt-in", "start|START|yes|unstop", "sms")]
    [InlineData("lang-es", "spanish|español|en español", "web voice sms")]
    [InlineData("smalltalk", "hello|thank you|are you a robot", "web voice sms")]
    public void These_words_mean_the_same_on_every_build(string prediction, string messages, string channels)
    {
        var wrong =
            from channel in channels.Split(' ').Select(name => Enum.Parse<Channel>(name, ignoreCase: true))
            from message in messages.Split('|')
            let reading = BotApplication.Shipped.Read(message, channel, Language.En, Agency.Unknown)
            where reading.Meaning.Prediction != prediction
            select $"{message} ({channel}): {reading.Meaning.Prediction}";

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("repeat", "repetir|repita")]
    [InlineData("back", "atrás|regresar")]
    [InlineData("restart", "empezar de nuevo")]
    [InlineData("slower", "más despacio")]
    [InlineData("wait", "espere")]
    [InlineData("handoff", "persona|agente|representante|ayuda de una persona")]
    [InlineData("yes", "sí|si")]
    [InlineData("no", "no")]
    [InlineData("end", "adiós")]
    [InlineData("lang-en", "english|inglés")]
    public void And_in_Spanish(string prediction, string messages)
    {
        var wrong = messages.Split('|')
            .Select(message => (message, BotApplication.Shipped.Read(message, Channel.Voice, Language.Es, Agency.Unknown).Meaning.Prediction))
            .Where(read => read.Prediction != prediction);

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("my activation code never came", "ssa-activation-not-received")]
    [InlineData("how do I link my Login.gov account to OPM Services Online", "opm-link-account")]
    [InlineData("what is multi-factor authentication", "opm-what-is-mfa")]
    [InlineData("what is an activation code", "ssa-what-is-activation-code")]
    public void Questions_of_the_sources_are_answered(string message, string slug) =>
        Assert.Equal(slug, BotApplication.Shipped.Read(message, Channel.Web, Language.En, Agency.Unknown).Meaning.Prediction);
}
