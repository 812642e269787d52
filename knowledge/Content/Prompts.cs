using System.Collections.Immutable;
using System.Reflection;

namespace SupportBot.Knowledge.Content;

/// <summary>Keys of <c>prompts/*.yaml</c> that code says by name. Loading fails when a language lacks one.</summary>
public static class Prompts
{
    public const string Greeting = "greeting";
    public const string GreetingSpanish = "greeting-spanish";
    public const string NoMatchSecond = "no-match-second";
    public const string NoInputFirst = "no-input-first";
    public const string NoInputSecond = "no-input-second";
    public const string OfferPerson = "offer-person";
    public const string SilenceGoodbye = "silence-goodbye";
    public const string MenuIntroduction = "menu-introduction";
    public const string MenuChoice = "menu-choice";
    public const string SomethingElse = "something-else";
    public const string SomethingElseAsk = "something-else-ask";
    public const string WhichAgency = "which-agency";
    public const string AgencySsa = "agency-ssa";
    public const string AgencyOpm = "agency-opm";
    public const string MoreOffer = "more-offer";
    public const string MoreChoice = "more-choice";
    public const string TextMeChoice = "text-me-choice";
    public const string TextMeDone = "text-me-done";
    public const string TextMeOptedOut = "text-me-opted-out";
    public const string AnythingElse = "anything-else";
    public const string HelpedYes = "helped-yes";
    public const string HelpedNo = "helped-no";
    public const string HelpDeskChoice = "help-desk-choice";
    public const string HelpedYesChoice = "helped-yes-choice";
    public const string HelpedNoChoice = "helped-no-choice";
    public const string HelpedQuestion = "helped-question";
    public const string YesChoice = "yes-choice";
    public const string NoChoice = "no-choice";
    public const string NothingToRepeat = "nothing-to-repeat";
    public const string Slower = "slower";
    public const string Louder = "louder";
    public const string Wait = "wait";
    public const string NothingBack = "nothing-back";
    public const string Restarted = "restarted";
    public const string RephraseIntroduction = "rephrase-introduction";
    public const string NothingToRephrase = "nothing-to-rephrase";
    public const string LanguageUnavailable = "language-unavailable";
    public const string LanguageSet = "language-set";
    public const string YesToNothing = "yes-to-nothing";
    public const string NoToNothing = "no-to-nothing";
    public const string Goodbye = "goodbye";
    public const string Menu = "menu";
    public const string Help = "help";
    public const string SmsHelp = "sms-help";
    public const string OptOutConfirmed = "opt-out-confirmed";
    public const string OptOutWeb = "opt-out-web";
    public const string OptInConfirmed = "opt-in-confirmed";
    public const string OptInWeb = "opt-in-web";
    public const string HelpDeskConfirm = "help-desk-confirm";
    public const string CaseOpened = "case-opened";
    public const string CaseExists = "case-exists";
    public const string CaseClosed = "case-closed";
    public const string CaseTransfer = "case-transfer";
    public const string TransferFailed = "transfer-failed";
    public const string PersonSsa = "person-ssa";
    public const string PersonOpm = "person-opm";
    public const string PersonUnknown = "person-unknown";
    public const string NotHere = "not-here";
    public const string Gibberish = "gibberish";
    public const string Crisis = "crisis";
    public const string Threat = "threat";
    public const string Scam = "scam";
    public const string UnaskedCode = "unasked-code";
    public const string Compromise = "compromise";
    public const string PrivateData = "private-data";
    public const string Apology = "apology";
    public const string SmalltalkHello = "smalltalk-hello";
    public const string SmalltalkThanks = "smalltalk-thanks";
    public const string SmalltalkRobot = "smalltalk-robot";
    public const string SmalltalkHowAreYou = "smalltalk-how-are-you";
    public const string SmalltalkUpset = "smalltalk-upset";
    public const string SmalltalkAbout = "smalltalk-about";

    /// <summary>Every key above.</summary>
    public static ImmutableArray<string> All { get; } =
        [.. typeof(Prompts).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];
}
