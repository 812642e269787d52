using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using SupportBot.Ivr.Sms;
using SupportBot.Ivr.Voice;
using SupportBot.Knowledge.Conversations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Carriers;

/// <summary>
/// Replies of any shape and any characters become XML. With the environment variable <c>TWIML_FOLDER</c> the documents are also written there,
/// for the check against the official library in <c>tests/peers/twilio</c>.
/// </summary>
public sealed class RandomReplyTests
{
    const int Replies = 400;

    static readonly string[] awkward =
    [
        "", " ", "\n", "\r\n", "\t", "\0", "\u0001", "\u001B", "\u007F", "\u0085", "\u2028", "\uFFFE", "\uFFFF", "\uFEFF", "\uD83D", "\uDE00", "\uD83D\uD83D", "😀",
        "👩‍👩‍👧‍👦", "e\u0301", "]]>", "<![CDATA[", "<!--", "-->", "<?xml?>", "<Say>", "</Say>", "&", "&amp;", "&#0;", "&nbsp;", "\"", "'", "“”", "«»", "‘’", "—", "…", "%00",
        "{{x}}", "ñ", "¿", "é", "密码", "пароль", "كلمة", "\u202E", "€", "^{}[]~|\\", "Login.gov", "ID.me", "SSA", "1-800-772-1213", ",", ", ,", "*", "#", "**bold**",
        "the code", "activation code", "help desk", new string('a', 120), string.Concat(Enumerable.Repeat("word ", 700)), new('é', 3_100), string.Concat(Enumerable.Repeat("😀", 1_700)),
    ];

    static readonly Gen<string> text = Gen.Frequency(
        (4, Gen.Elements(awkward).ListOf().Select(pieces => string.Concat(pieces.Take(5)))),
        (1, ArbMap.Default.GeneratorFor<string>().Select(random => random ?? "")));

    static readonly Gen<Message> message =
        from spans in Gen.Frequency(
            (4, text.Select(words => (Span)new Span.Text(words))),
            (1, Gen.Elements("C-4821 9930", "", "C-", " - ", "é-ß 😀", "\0-\uD83D", "a.b_c").Select(reference => (Span)new Span.Spelled(reference)))).ListOf()
        from language in Gen.Elements<Language?>(null, Language.En, Language.Es)
        select new Message([.. spans.Take(4)]) { Language = language };

    static readonly Gen<(Reply Reply, Conversation State, int Number)> reply =
        from messages in message.ListOf()
        from titles in text.ListOf()
        from end in Gen.Elements<ReplyEnd>(new ReplyEnd.Listen(), new ReplyEnd.Listen(Patient: true), new ReplyEnd.HangUp(), new ReplyEnd.Transfer())
        from language in Gen.Elements(Language.En, Language.Es)
        from slowness in Gen.Elements(0, 1, 2)
        from number in Gen.Choose(0, 200)
        select (
            new Reply { Messages = [.. messages.Take(5)], Choices = [.. titles.Take(4).Select((title, index) => new Choice(index + 1, title))], End = end },
            new Conversation { Id = new("c"), Channel = Channel.Voice, Language = language, Slowness = slowness },
            number);

    [Fact]
    public void A_reply_of_any_shape_becomes_a_document()
    {
        var folder = Environment.GetEnvironmentVariable("TWIML_FOLDER");
        var index = 0;
        foreach (var (random, state, number) in reply.Sample(Replies, 10))
        {
            // The sample speaks one language; its hints serve for the other as well.
            var library = SampleContent.Library;
            var transferTo = number % 2 == 0 ? "+12025550199" : "sip:desk@help.example.gov";
            var voice = new VoiceRenderer(library, number, transferTo, number % 3 == 0 ? "/phone" : "").Document(state with { Language = library.Speaks(state.Language) ? state.Language : Language.En }, random);
            var sms = SmsRenderer.Document(random);

            AssertXml(voice);
            Assert.True(AssertXml(sms).Element("Message")?.Value is not { } body || body.Trim().Length is > 0 and <= 1_600);
            if (folder is not null)
            {
                var name = index++.ToString("D4", CultureInfo.InvariantCulture);
                File.WriteAllText(Path.Combine(folder, $"{name}.voice.xml"), voice, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
                File.WriteAllText(Path.Combine(folder, $"{name}.messaging.xml"), sms, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            }
        }
    }

    [Fact]
    public void Long_speech_is_said_in_several_parts_and_nothing_is_lost()
    {
        var words = string.Join(' ', Enumerable.Range(1, 1_500).Select(number => $"word{number.ToString(CultureInfo.InvariantCulture)}"));
        var long_ = new Reply { Messages = [new([new Span.Text(words)])] };

        var document = AssertXml(new VoiceRenderer(SampleContent.Library, 1, "").Document(new Conversation { Id = new("c"), Channel = Channel.Voice }, long_));

        var said = document.Descendants("Say").Select(say => say.Value).ToImmutableArray();
        Assert.True(said.Length > 1);
        Assert.All(said, part => Assert.True(part.Length <= 3_000));
        Assert.Equal(words, string.Concat(said).Trim());
    }

    static XElement AssertXml(string document)
    {
        using var reader = XmlReader.Create(new StringReader(document), new XmlReaderSettings { CheckCharacters = true, DtdProcessing = DtdProcessing.Prohibit });
        var root = XElement.Load(reader);
        Assert.Equal("Response", root.Name.LocalName);
        return root;
    }
}
