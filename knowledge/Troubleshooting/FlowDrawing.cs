using System.Globalization;
using System.Text;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Troubleshooting;

/// <summary>A flow as a Mermaid flowchart: https://mermaid.js.org/syntax/flowchart.html.</summary>
public static class FlowDrawing
{
    /// <summary>The chart; questions are diamonds, instructions boxes, checks hexagons, ends round.</summary>
    public static string Of(Flow flow)
    {
        var chart = new StringBuilder("flowchart TD\n");
        var ids = flow.Order.Select((name, index) => (name, index)).ToDictionary(item => item.name, item => $"s{item.index.ToString(CultureInfo.InvariantCulture)}", StringComparer.Ordinal);
        foreach (var name in flow.Order)
        {
            chart.Append(CultureInfo.InvariantCulture, $"    {ids[name]}{Shape(flow.Steps[name])}\n");
        }

        foreach (var name in flow.Order)
        {
            // Outcomes that lead to the same step share an arrow.
            foreach (var exit in flow.Steps[name].Exits.GroupBy(exit => exit.Target, exit => exit.Label, StringComparer.Ordinal))
            {
                var label = string.Join(", ", exit.Where(text => text.Length > 0));
                chart.Append(CultureInfo.InvariantCulture, $"    {ids[name]} -->{(label.Length > 0 ? $"|{label}|" : "")} {ids[exit.Key]}\n");
            }
        }

        return chart.ToString();
    }

    static string Shape(Step step) => step switch
    {
        Step.Ask ask => $"{{\"{step.Name}: {ask.Slot}?\"}}",
        Step.Do => $"[\"{step.Name}\"]",
        Step.Tell => $"[/\"{step.Name}\"/]",
        Step.Check check => $"{{{{\"{check.Of}\"}}}}",
        Step.Act => $"[[\"{step.Name}\"]]",
        Step.Jump jump => $">\"{jump.Flow}\"]",
        Step.End end => $"([\"{step.Name}: {end.Kind.ToString().ToLowerInvariant()}\"])",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The page with all drawings, as it stands in the repository.</summary>
    public static string Page(FlowBook book)
    {
        var page = new StringBuilder("""
            # Ways through trouble

            Each file here is one flow. Drawn from the files by `dotnet run --project bot -- knowledge flows --mermaid`; a test keeps this page current.
            Diamonds ask, boxes instruct (done or failed), slanted boxes tell, hexagons check what is known, flags lead into another flow, round boxes end.
            "Help desk", back, skip, why, repeat, later and corrections work at every step and are not drawn.


            """);
        foreach (var flow in book.OrderedFlows)
        {
            page.Append(CultureInfo.InvariantCulture, $"## {flow.Name}\n\n{flow.Title[Language.En].Written}\n\n```mermaid\n{Of(flow)}```\n\n");
        }

        return page.ToString().TrimEnd() + "\n";
    }

    /// <summary>How many ways lead from the start to an end or into another flow, going over no arrow twice.</summary>
    public static int Paths(Flow flow)
    {
        const int most = 9_999;
        var count = 0;
        void From(string name, HashSet<string> passed)
        {
            var step = flow.Steps[name];
            if (step is Step.End or Step.Jump)
            {
                count++;
                return;
            }

            foreach (var target in step.Exits.Select(exit => exit.Target).Distinct(StringComparer.Ordinal).Where(target => count < most && passed.Add(target)))
            {
                From(target, passed);
                passed.Remove(target);
            }
        }

        From(flow.Start, new(StringComparer.Ordinal) { flow.Start });
        return count;
    }
}
