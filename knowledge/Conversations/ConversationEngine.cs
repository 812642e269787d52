using System.Collections.Frozen;
using System.Diagnostics;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Troubleshooting;
using SupportBot.Knowledge.Understanding;

namespace SupportBot.Knowledge.Conversations;

/// <summary>Decides a turn. Pure: no await, clock, chance or database; built from one content snapshot and safe for any number of threads.</summary>
public sealed class ConversationEngine
{
    readonly ContentLibrary library;
    readonly FrozenDictionary<Language, Reader> readers;
    readonly LanguageRecognizer recognizer;

    public ConversationEngine(ContentLibrary library)
    {
        this.library = library;
        readers = Enum.GetValues<Language>().Where(library.Speaks).AsParallel()
            .Select(language => (language, reader: new Reader(library[language])))
            .ToFrozenDictionary(item => item.language, item => item.reader);
        recognizer = new(library);
        Walker = new(library.Flows);

        // The first messages build the automata of the rules: nobody should wait for that.
        readers.AsParallel().ForAll(reader =>
        {
            foreach (var entry in library[reader.Key].OrderedEntries)
            {
                _ = reader.Value.Read(entry.Phrasings[0], Channel.Voice, Agency.Unknown);
                _ = library.Flows.MayTell(Normalizer.Fold(entry.Phrasings[^1]), reader.Key);
            }
        });
    }

    /// <summary>The content that this engine speaks.</summary>
    public ContentLibrary Library => library;

    internal FlowWalker Walker { get; }

    /// <summary>How a message would be read as the first of a new conversation; what <c>knowledge ask</c> shows.</summary>
    public Reading Read(string text, Channel channel, Language? language, Agency agency) => ReaderFor(LanguageOf(text, language)).Read(text, channel, agency);

    /// <summary>The same as a question to language models; null when they have no say in it.</summary>
    public SemanticQuestion? Ask(string text, Channel channel, Language? language, Agency agency) => QuestionOf(text, channel, LanguageOf(text, language), agency);

    /// <summary>What language models may be asked before <see cref="Take"/>; null when they have no say: keys, choices, steps, cases, and all that rules decide.</summary>
    public SemanticQuestion? Ask(Conversation state, TurnInput input) =>
        input is not TurnInput.Said { Text: var text } || string.IsNullOrWhiteSpace(text)
        || state.Pending is Pending.AtStep or Pending.ProveContact
        || CaseReference.FindIn(text) is not null
        || IsChoice(Normalizer.Fold(text), state)
            ? null
            : QuestionOf(text, state.Channel, LanguageOf(text, state), state.Agency);

    bool IsChoice(string folded, Conversation state) =>
        ChoiceMatcher.Match(folded, state.LastReply.Choices, library[state.Language].Steps.Holds(StepCue.Asks, folded)) is not null;

    SemanticQuestion? QuestionOf(string text, Channel channel, Language language, Agency agency)
    {
        var reader = ReaderFor(language);
        return reader.Read(text, channel, agency).IsOpen
            ? new(Redactor.RedactNumbers(text), language, library[language].Entries, hint => reader.Read(text, channel, agency, hint))
            : null;
    }

    /// <summary>One turn.</summary>
    public Turn Take(Conversation state, TurnInput input, Situation situation, DateTimeOffset now)
    {
        var taking = new TurnTaking(this, Fitting(state) with { Turns = state.Turns + 1 }, situation);
        return input switch
        {
            TurnInput.Started => taking.Start(),
            TurnInput.Said said => taking.Hear(said.Text),
            TurnInput.Keyed keyed => taking.Key(keyed.Keys),
            TurnInput.Silence => taking.NoInput(),
            TurnInput.TransferFailed => taking.TransferFailed(),
            TurnInput.CarrierKeyword keyword => taking.CarrierAnswered(keyword),
            _ => throw new UnreachableException(),
        };
    }

    Language LanguageOf(string text, Language? language) => language ?? recognizer.Recognize(Normalizer.Fold(text)) ?? Language.En;

    /// <summary>The language of the person's words when they are sure to be in another one, or else of the conversation.</summary>
    internal Language LanguageOf(string text, Conversation state)
    {
        var folded = Normalizer.Fold(text);
        var heardIn = state.Channel == Channel.Sms && Router.LanguageOfCarrierWord(folded) == Language.Es ? Language.Es : recognizer.Recognize(folded);
        return heardIn is { } language && library.Speaks(language) ? language : state.Language;
    }

    /// <summary>Content may have changed since the last turn: what it no longer has is left out, and the person is asked anew.</summary>
    Conversation Fitting(Conversation state)
    {
        var walk = state.Walk is { } now && Walker.Knows(now) ? now : null;
        var fits = state.Pending switch
        {
            Pending.AtStep => walk is not null,
            Pending.OfferSteps steps => library.Flows.Flows.ContainsKey(steps.Flow),
            Pending.OfferText => walk is not null || !state.Paused.IsEmpty,
            Pending.AfterAnswer after => !after.Choices.Contains(AfterAnswerChoice.Steps) || library.Flows.AfterEntry(after.Slug) is not null,
            _ => true,
        };
        return state with
        {
            Walk = walk,
            Pending = fits ? state.Pending : new Pending.Open(),
            Paused = state.Paused.All(Walker.Knows) ? state.Paused : [.. state.Paused.Where(Walker.Knows)],
        };
    }

    internal Reader ReaderFor(Language language) => readers.TryGetValue(language, out var reader) ? reader : readers[Language.En];
}
