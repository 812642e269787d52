using System.Collections.Frozen;
using SupportBot.Knowledge.Content;

namespace SupportBot.Knowledge.Troubleshooting;

/// <summary>What must hold before a flow may be walked.</summary>
static class FlowChecks
{
    /// <param name="flows">All of them: they lead into one another.</param>
    /// <param name="slots">All of them.</param>
    /// <param name="english">Tells which entries there are; null when that is unknown.</param>
    /// <param name="report">Takes the flow, the step (null for the whole flow) and what is wrong.</param>
    internal static void Run(IReadOnlyList<Flow> flows, FrozenDictionary<string, Slot> slots, LanguagePack? english, Action<string, string?, string> report)
    {
        var names = flows.Select(flow => flow.Name).ToFrozenSet(StringComparer.Ordinal);
        foreach (var flow in flows)
        {
            foreach (var entry in flow.Entries.Where(entry => english is not null && !english.Entries.ContainsKey(entry)))
            {
                report(flow.Name, null, $"there is no entry “{entry}”");
            }

            foreach (var step in flow.Steps.Values.OrderBy(step => flow.Order.IndexOf(step.Name)))
            {
                CheckStep(flow, step, slots, names, report);
            }

            CheckWays(flow, report);
        }

        CheckRounds(flows, report);
        foreach (var twice in flows.SelectMany(flow => flow.Entries.Select(entry => (entry, flow.Name))).GroupBy(item => item.entry, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            report(twice.Last().Name, null, $"entry “{twice.Key}” leads into {string.Join(" and ", twice.Select(item => item.Name))}; only one can be offered");
        }

        foreach (var slot in slots.Keys.Where(slot => !flows.Any(flow => flow.Steps.Values.Any(step => SlotOf(step) == slot))).Order(StringComparer.Ordinal))
        {
            report(flows.Count > 0 ? flows[0].Name : slot, null, $"slots/{slot}.yaml is neither asked nor checked by any flow");
        }
    }

    /// <summary>The slot that a step asks or checks; null when it does neither.</summary>
    internal static string? SlotOf(Step step) => step switch
    {
        Step.Ask ask => ask.Slot,
        Step.Check { Of: FlowCheck.MailWindow } => FlowCheck.MailWindowSlot,
        Step.Check check when !FlowCheck.Outcomes.ContainsKey(check.Of) => check.Of,
        _ => null,
    };

    static void CheckStep(Flow flow, Step step, FrozenDictionary<string, Slot> slots, FrozenSet<string> names, Action<string, string?, string> report)
    {
        foreach (var (label, target) in step.Exits.Where(exit => !flow.Steps.ContainsKey(exit.Target)))
        {
            report(flow.Name, step.Name, $"step “{step.Name}”{(label.Length > 0 ? $", {label}" : "")}: there is no step “{target}”");
        }

        if (step is Step.Jump jump && !names.Contains(jump.Flow))
        {
            report(flow.Name, step.Name, $"step “{step.Name}”: there is no flow “{jump.Flow}”");
        }

        if (SlotOf(step) is { } name && !slots.ContainsKey(name))
        {
            report(flow.Name, step.Name, $"step “{step.Name}”: there is no slot “{name}”");
            return;
        }

        switch (step)
        {
            case Step.Ask ask:
                CheckBranches(flow, step, slots[ask.Slot].Values.Select(value => value.Name), ask.To, report);
                break;
            case Step.Check check when FlowCheck.Outcomes.TryGetValue(check.Of, out var outcomes):
                // The window is unknown until somebody tells the day.
                CheckBranches(flow, step, check.Of == FlowCheck.MailWindow ? outcomes.Add(FlowCheck.Else) : outcomes, check.To, report);
                break;
            case Step.Check check:
                CheckBranches(flow, step, slots[check.Of].Values.Select(value => value.Name).Append(FlowCheck.Else), check.To, report);
                break;
            default:
                break;
        }
    }

    static void CheckBranches(Flow flow, Step step, IEnumerable<string> outcomes, FrozenDictionary<string, string> to, Action<string, string?, string> report)
    {
        var known = outcomes.ToHashSet(StringComparer.Ordinal);
        foreach (var missing in known.Where(outcome => !to.ContainsKey(outcome) && !to.ContainsKey(FlowCheck.Else)))
        {
            report(flow.Name, step.Name, $"step “{step.Name}” goes nowhere for “{missing}”");
        }

        foreach (var unknown in to.Keys.Where(outcome => outcome != FlowCheck.Else && !known.Contains(outcome)))
        {
            report(flow.Name, step.Name, $"step “{step.Name}”: “{unknown}” never comes out");
        }
    }

    static void CheckWays(Flow flow, Action<string, string?, string> report)
    {
        var reached = Closure([flow.Start], name => flow.Steps.TryGetValue(name, out var step) ? step.Exits.Select(exit => exit.Target) : []);
        foreach (var name in flow.Order.Where(name => !reached.Contains(name)))
        {
            report(flow.Name, name, $"step “{name}” cannot be reached");
        }

        var entering = flow.Steps.Values.SelectMany(step => step.Exits.Select(exit => (exit.Target, step.Name))).ToLookup(item => item.Target, item => item.Name, StringComparer.Ordinal);
        var leading = Closure(flow.Steps.Values.Where(step => step is Step.End or Step.Jump).Select(step => step.Name), name => entering[name]);
        foreach (var name in flow.Order.Where(name => !leading.Contains(name)))
        {
            report(flow.Name, name, $"from step “{name}” no end can be reached");
        }
    }

    /// <summary>A round that never waits for the person would never stop, also when it goes through other flows.</summary>
    static void CheckRounds(IReadOnlyList<Flow> flows, Action<string, string?, string> report)
    {
        var byName = flows.ToFrozenDictionary(flow => flow.Name, StringComparer.Ordinal);
        IEnumerable<string> Next(string at)
        {
            var (flow, step) = at.Split('/') is [var first, var second] ? (byName[first], byName[first].Steps.GetValueOrDefault(second)) : default;
            return step switch
            {
                Step.Jump jump when byName.TryGetValue(jump.Flow, out var other) => [$"{other.Name}/{other.Start}"],
                Step.Tell or Step.Check or Step.Act or Step.Ask => step.Exits.Select(exit => $"{flow.Name}/{exit.Target}"),
                _ => [],
            };
        }

        foreach (var (flow, name) in flows.SelectMany(flow => flow.Order.Select(name => (flow, name))).Where(item => item.flow.Steps[item.name] is not Step.Do and not Step.End))
        {
            // A slot that is known is passed in silence, so asking does not stop a round either.
            if (Closure(Next($"{flow.Name}/{name}"), Next).Contains($"{flow.Name}/{name}"))
            {
                report(flow.Name, name, $"step “{name}” comes back to itself without an instruction to carry out");
            }
        }
    }

    static HashSet<string> Closure(IEnumerable<string> from, Func<string, IEnumerable<string>> next)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(from);
        while (open.TryPop(out var name))
        {
            if (reached.Add(name))
            {
                foreach (var target in next(name))
                {
                    open.Push(target);
                }
            }
        }

        return reached;
    }
}
