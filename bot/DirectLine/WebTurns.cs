using System.Security.Cryptography;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Bot.DirectLine;

/// <summary>Turns of the web channel.</summary>
sealed class WebTurns(TurnRunner runner, EngineSource engines)
{
    /// <summary>Begins the conversation with a greeting; a second time it changes nothing.</summary>
    internal Task StartAsync(Ticket ticket, CancellationToken cancellationToken) => runner.RunAsync(
        new($"dl/{ticket.Conversation}/start", ticket.Conversation, Channel.Web, new TurnInput.Started(), Language: SpokenOf(ticket.Language), Agency: ticket.Agency),
        new ActivityRenderer(null),
        cancellationToken);

    /// <summary>Takes the turn that an activity asks for, if any, and returns the body with its id: the same for the same message sent again.</summary>
    internal async Task<string> TakeAsync(ConversationId conversation, Activity activity, CancellationToken cancellationToken)
    {
        if (activity.Said is not { } said)
        {
            return ActivityRenderer.IdBody($"{conversation}|{RandomWord()}");
        }

        return await runner.RunAsync(
            new($"dl/{conversation}/{activity.From}/{activity.ClientActivityId ?? RandomWord()}", conversation, Channel.Web, new TurnInput.Said(said)),
            new ActivityRenderer(activity),
            cancellationToken);
    }

    Language SpokenOf(Language language) => engines.Current.Library.Speaks(language) ? language : Language.En;

    static string RandomWord() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
}
