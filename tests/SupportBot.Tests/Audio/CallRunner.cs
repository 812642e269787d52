using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using SupportBot.Knowledge.Conversations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Audio;

/// <summary>One caller's way through a script, over the line both ways.</summary>
sealed class CallRunner(BotApplication application, CallerEar ear, double ratio)
{
    /// <summary>A person tries again twice before giving up.</summary>
    const int MostTries = 3;

    const int SlowerPerTry = 15;

    static readonly TimeSpan patience = TimeSpan.FromSeconds(20);

    internal async Task<CallOutcome> PlayAsync(CallScript script, Voice voice, string from, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var call = new PhoneCall(application, $"{script.Name} {voice.Name}", from, ratio);
        var log = new List<string>();
        var heard = await ListenAsync(call, await call.DialAsync(cancellationToken), log, cancellationToken);
        var failure = (string?)null;
        CallStep.Says? speaking = null;
        foreach (var step in script.Steps)
        {
            if (step is CallStep.Expects expected)
            {
                for (var tries = 1; !heard.Contains(expected.Text) && tries < MostTries && speaking is not null && !call.IsOver; tries++)
                {
                    heard = await SayAsync(Reaction(script, heard) ?? speaking.Ways[Math.Min(tries, speaking.Ways.Count - 1)], tries);
                }

                if (!heard.Contains(expected.Text))
                {
                    failure = $"did not hear {expected.Text} in “{heard.Text}”";
                    break;
                }

                continue;
            }

            if (call.IsOver)
            {
                failure = "the call was over too soon";
                break;
            }

            speaking = step as CallStep.Says;
            switch (step)
            {
                case CallStep.Says says:
                    heard = await SayAsync(says.Ways[0], 0);
                    break;
                case CallStep.Presses { Key: [_] } presses:
                    heard = await KeyAsync(presses.Key);
                    break;
                case CallStep.Presses presses:
                    for (var tries = 1; heard.KeyFor(presses.Key) is null && tries < MostTries; tries++)
                    {
                        // As the greeting tells: 9 says it again.
                        heard = await KeyAsync("9");
                    }

                    failure = heard.KeyFor(presses.Key) is null ? $"heard no key for {presses.Key} in “{heard.Text}”" : null;
                    heard = failure is null ? await KeyAsync(heard.KeyFor(presses.Key)!) : heard;
                    break;
                case CallStep.IsSilent:
                    log.Add("> [silence]");
                    heard = await ListenAsync(call, await call.StaySilentAsync(cancellationToken), log, cancellationToken);
                    break;
                default:
                    throw new UnreachableException();
            }

            if (failure is not null)
            {
                break;
            }
        }

        foreach (var goal in failure is null ? script.Goal : [])
        {
            failure ??= await IsReachedAsync(goal, call, from, cancellationToken) ? null : $"not reached: {goal}";
        }

        return new(script.Name, voice.Name, failure, call.Turns, Stopwatch.GetElapsedTime(started), log);

        async Task<Heard> SayAsync(string words, int tries)
        {
            var (sound, recognised) = await call.SayAsync(words, voice with { WordsPerMinute = voice.WordsPerMinute - (tries * SlowerPerTry) }, cancellationToken);
            log.Add(SpokenWords.Of(words).SequenceEqual(SpokenWords.Of(recognised), StringComparer.Ordinal) ? $"> {words}" : $"> {words}  [heard: {recognised}]");
            return await ListenAsync(call, sound, log, cancellationToken);
        }

        async Task<Heard> KeyAsync(string key)
        {
            log.Add($"> [key {key}]");
            return await ListenAsync(call, await call.KeyAsync(key, cancellationToken), log, cancellationToken);
        }
    }

    async Task<Heard> ListenAsync(PhoneCall call, ImmutableArray<Sound> sounds, List<string> log, CancellationToken cancellationToken)
    {
        var heard = Heard.Nothing(ear);
        foreach (var sound in sounds)
        {
            heard = heard.Then(await ear.ListenAsync(sound, cancellationToken));
        }

        log.Add($"< {heard.Text}{(call.Language == "en-US" ? "" : $"[{call.Language}]")}{(call.IsOver ? $" [{call.End}]" : "")}");
        return heard;
    }

    static string? Reaction(CallScript script, Heard heard) => script.Reactions.Where(reaction => heard.Contains(reaction.Prompt)).Select(reaction => reaction.Words).FirstOrDefault();

    /// <summary>Looked up in what the service recorded, not in what the caller heard.</summary>
    async Task<bool> IsReachedAsync(string goal, PhoneCall call, string from, CancellationToken cancellationToken)
    {
        switch (goal.Split(' ', 2))
        {
            case ["outcome", var outcome]:
                return (await application.Storage.Transcripts.ReadAsync(new ConversationId(call.Sid), 0, cancellationToken)).Any(entry => entry.Outcome == outcome);
            case ["case"]:
                return await application.Storage.ScalarAsync<int>("select count(*) from escalations where conversation_id = @id", new { id = call.Sid }) == 1;
            case ["text", var words]:
                var started = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(started) < patience)
                {
                    if ((await application.CarriedToAsync(from)).Any(text => text.Body.Contains(words, StringComparison.Ordinal)))
                    {
                        return true;
                    }
                }

                return false;
            case ["language", var language]:
                return call.Language == language;
            case ["transfer"]:
                return call.End == "Dial";
            case ["hang-up"]:
                return call.End == "Hangup";
            case ["listening"]:
                return call.End == "Gather";
            default:
                throw new FormatException($"Nobody knows the goal “{goal}”.");
        }
    }
}

/// <summary>How a call went.</summary>
/// <param name="Failure">Null when every goal was reached.</param>
/// <param name="Log">What was said, and what either end heard of it.</param>
sealed record CallOutcome(string Script, string Voice, string? Failure, int Turns, TimeSpan Took, IReadOnlyList<string> Log)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"| {Script} | {Voice} | {(Failure is null ? "reached" : "missed")} | {Turns} | {Took.TotalSeconds:F1} | {Failure} |");
}
