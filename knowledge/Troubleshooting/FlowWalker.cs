using System.Collections.Immutable;
using System.Diagnostics;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;

namespace SupportBot.Knowledge.Troubleshooting;

/// <summary>Goes through flows until a step waits for the person, or the way ends. Pure.</summary>
public sealed class FlowWalker(FlowBook book)
{
    const int MostTrail = 100;

    /// <summary>Begins a flow.</summary>
    public Stop Enter(string flow, Circumstances circumstances) =>
        On(new() { Began = flow, Flow = flow, Step = book.Flows[flow].Start }, book.Flows[flow].Start, circumstances);

    /// <summary>Goes on from the step that waits; what was told is in the circumstances already.</summary>
    /// <param name="walk">The place.</param>
    /// <param name="isDone">For an instruction: carried out, or failed. Of no meaning for a question.</param>
    /// <param name="circumstances">With the answer, where the step asked.</param>
    public Stop Answer(Walk walk, bool isDone, Circumstances circumstances) => book.StepAt(walk.At) switch
    {
        Step.Ask ask => On(walk, ask.Name, circumstances),
        Step.Do instruction => On(Passing(walk), isDone ? instruction.Done : instruction.Failed, circumstances),
        _ => throw new UnreachableException(),
    };

    /// <summary>The same place again, in case what it hangs on has changed.</summary>
    public Stop Resume(Walk walk, Circumstances circumstances) => On(walk, walk.Step, circumstances);

    /// <summary>Goes back to where a slot first decided and on from there with what is known now; null when it decided nothing yet.</summary>
    public Stop? Correct(Walk walk, string slot, Circumstances circumstances)
    {
        for (var at = 0; at < walk.Trail.Length; at++)
        {
            var (flow, step) = walk.Trail[at].Split('/') is [var first, var second] ? (first, second) : throw new UnreachableException();
            if (book.Flows[flow].Steps.TryGetValue(step, out var passed) && FlowChecks.SlotOf(passed) == slot)
            {
                return On(walk with { Flow = flow, Step = step, Trail = walk.Trail[..at] }, step, circumstances);
            }
        }

        return null;
    }

    /// <summary>Whether the place still is in the content, which may have changed since.</summary>
    public bool Knows(Walk walk) =>
        book.Flows.TryGetValue(walk.Flow, out var flow) && flow.Steps.TryGetValue(walk.Step, out var step) && step is Step.Ask or Step.Do
        && walk.Trail.All(passed => passed.Split('/') is [var name, _] && book.Flows.ContainsKey(name));

    /// <summary>What an ask or check comes out as; null when it is not known.</summary>
    internal string? OutcomeOf(string of, Circumstances circumstances) => of switch
    {
        FlowCheck.OptedOut => circumstances.OptedOut ? "yes" : "no",
        FlowCheck.HelpDesk => circumstances.HelpDeskOpen ? "open" : "closed",
        FlowCheck.Number => circumstances.HasNumber ? "yes" : "no",
        FlowCheck.Channel => circumstances.Channel switch
        {
            Channel.Web => "web",
            Channel.Voice => "voice",
            Channel.Sms => "sms",
            _ => throw new UnreachableException(),
        },
        FlowCheck.MailWindow => MailWindowOf(circumstances),
        _ => circumstances.Known.TryGetValue(of, out var kept) ? book.Slots[of].ValueOf(kept, circumstances.Today) : null,
    };

    /// <summary>A day tells exactly; "lately" or "long ago" is as near as can be.</summary>
    static string? MailWindowOf(Circumstances circumstances) =>
        !circumstances.Known.TryGetValue(FlowCheck.MailWindowSlot, out var kept) ? null
        : LocalDay.TryParse(kept, out var day) ? new MailWindow(day).On(circumstances.Today)
        : kept switch
        {
            "recent" => "early",
            "late" => "late",
            "expired" => "expired",
            _ => null,
        };

    Stop On(Walk walk, string name, Circumstances circumstances)
    {
        var passed = ImmutableArray.CreateBuilder<Step>();
        var visited = ImmutableArray.CreateBuilder<string>();
        while (true)
        {
            var step = book.Flows[walk.Flow].Steps[name];
            walk = walk with { Step = name };
            visited.Add(walk.At.ToString());
            switch (step)
            {
                case Step.Ask ask when OutcomeOf(ask.Slot, circumstances) is { } value:
                    (walk, name) = (Passing(walk), ask.To.TryGetValue(value, out var answered) ? answered : ask.To[FlowCheck.Else]);
                    break;
                case Step.Ask or Step.Do or Step.End:
                    return new(walk, step, passed.ToImmutable(), visited.ToImmutable());
                case Step.Check check:
                    (walk, name) = (Passing(walk), check.TargetOf(OutcomeOf(check.Of, circumstances)));
                    break;
                case Step.Tell tell:
                    passed.Add(tell);
                    (walk, name) = (Passing(walk), tell.Next);
                    break;
                case Step.Act act:
                    passed.Add(act);
                    (walk, name) = (Passing(walk), CanDo(act, circumstances) ? act.Done : act.Failed);
                    break;
                case Step.Jump jump:
                    (walk, name) = (Passing(walk) with { Flow = jump.Flow }, book.Flows[jump.Flow].Start);
                    break;
                default:
                    throw new UnreachableException();
            }
        }
    }

    /// <summary>A code can go out again when there is one of that kind for this contact; texts need a number and consent.</summary>
    internal static bool CanDo(Step.Act act, Circumstances circumstances) => act.Kind switch
    {
        FlowAct.OpenCase => true,
        FlowAct.TextSteps => circumstances.TakesTexts,
        FlowAct.ResendCode => circumstances.Code is { WaysNow.IsEmpty: false } code && code.Kind == act.Code,
        FlowAct.CallCode => circumstances.Code is { } code && code.Kind == act.Code && code.WaysNow.Contains(DeliveryChannel.Call),
        _ => throw new UnreachableException(),
    };

    static Walk Passing(Walk walk) => walk with { Trail = [.. walk.Trail.TakeLast(MostTrail - 1), walk.At.ToString()] };
}
