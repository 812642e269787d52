using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Understanding;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Passcodes;

/// <summary>What people say about a code that was sent to them, and what only sounds like it.</summary>
public sealed class CodeLexiconTests
{
    public static TheoryData<Language, CodeWord?, string[]> Sayings => new()
    {
        { Language.En, CodeWord.NotMe, ["NOT ME", "that wasn't me", "I didn't ask for this code", "i never requested a code", "I did not sign in", "somebody else asked for it", "it's not me", "cancel that code please", "wasnt me!!"] },
        { Language.En, CodeWord.Expired, ["it expired", "the code expired already", "expired", "it says the code has expired", "my code is expired", "sorry I was too late", "The security code timed out"] },
        { Language.En, CodeWord.Wrong, ["wrong code", "it says invalid", "the code you sent me doesn't work", "the page says incorrect code", "that code is not working", "it won't accept the code", "The code isn't right", "it says wrong code"] },
        { Language.En, CodeWord.Call, ["call me", "CALL ME INSTEAD", "please call me with the code", "can you call me back with it", "voice call please", "I want a phone call", "read it to me over the phone", "call my landline", "I only have a landline, call me"] },
        { Language.En, CodeWord.Mail, ["mail me a new code", "send it by mail", "send me a letter", "mail it to me instead"] },
        { Language.En, CodeWord.Text, ["text me the code", "send the code by text", "by text please"] },
        { Language.En, CodeWord.Again, ["resend", "RE-SEND", "send it again", "please send me another code", "new code", "I need a new code", "can you send me the code again", "i deleted the text", "resend code", "I lost my code", "give me a new security code"] },
        { Language.En, CodeWord.Where, ["where is my code", "Where's my activation code?", "I never got the code", "no code came", "i still haven't received my activation code", "my code never came", "didn't get a code", "the letter hasn't arrived", "nothing came", "why did no code come", "when will my code arrive", "I'm still waiting for my code", "did you send my code", "my activation code letter never came", "code status"] },
        { Language.En, CodeWord.About, ["ABOUT", "who is this", "who are you?", "is this real", "what is this text", "how do i know this is real", "what's this for"] },
        { Language.En, null, ["no", "again", "1", "stop", "help desk", "call social security", "my wife never got her code and she is very upset because the page keeps asking", "what is a security code", "how do I link my account", "the code has no letter in it", "who do I call", "is this call recorded", "I am going to kill myself", "yes", "thank you", "step by step", "I never use the computer", "the letter says to bring papers"] },
        { Language.Es, CodeWord.NotMe, ["no fui yo", "yo no pedí ese código", "NO FUI YO", "nunca pedí un código", "otra persona lo pidió", "no lo pedí"] },
        { Language.Es, CodeWord.Expired, ["ya venció", "el código expiró", "me dice que el código ya venció", "se me pasó el tiempo"] },
        { Language.Es, CodeWord.Wrong, ["código incorrecto", "el código no sirve", "dice que es incorrecto", "no me acepta el código", "el código que me mandaron no funciona"] },
        { Language.Es, CodeWord.Call, ["llámeme", "llámeme por favor", "quiero una llamada", "por teléfono mejor", "llámeme con el código", "mejor una llamada"] },
        { Language.Es, CodeWord.Mail, ["mándeme una carta", "envíelo por correo postal"] },
        { Language.Es, CodeWord.Text, ["mándeme el código por texto", "por mensaje de texto"] },
        { Language.Es, CodeWord.Again, ["otro código", "reenviar", "mándeme otro código por favor", "me puede mandar el código otra vez", "necesito un código nuevo", "borré el mensaje"] },
        { Language.Es, CodeWord.Where, ["dónde está mi código", "no me llegó el código", "nunca llegó", "no he recibido nada", "el código no llega", "por qué no me llega el código", "todavía no me ha llegado la carta", "ya me mandaron el código"] },
        { Language.Es, CodeWord.About, ["quién es", "¿esto es real?", "qué es esto", "cómo sé que es real"] },
        { Language.Es, null, ["no", "sí", "gracias", "qué es un código de seguridad", "mesa de ayuda", "cómo conecto mi cuenta", "mi esposa no puede entrar", "alto"] },
    };

    [Theory, MemberData(nameof(Sayings))]
    public void A_saying_is_heard_as_what_it_is(Language language, CodeWord? word, string[] sayings)
    {
        var lexicon = BotApplication.Shipped.Library[language].Codes;

        Assert.All(sayings, saying => Assert.True(lexicon.Match(Normalizer.Fold(saying)) == word, $"“{saying}” was heard as {lexicon.Match(Normalizer.Fold(saying))}"));
    }
}
