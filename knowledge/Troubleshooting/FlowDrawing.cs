using System.Globalization;
using System.Text;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Knowledge.Troubleshooting;

/// <summary>A flow as a Mermaid flowchart: https://mermaid.js.org/syntax/flowchart.html.</summary>
public static class FlowDrawing
{
    /// <summary>Fills by kind; the text colour is named because pages are also read on dark grounds.</summary>
    const string Colours = """
            classDef asks fill:#dbeafe,stroke:#1d4ed8,color:#111
            classDef does fill:#fef9c3,stroke:#a16207,color:#111
            classDef tells fill:#f3f4f6,stroke:#6b7280,color:#111
            classDef checks fill:#ede9fe,stroke:#6d28d9,color:#111
            classDef acts fill:#cffafe,stroke:#0e7490,color:#111
            classDef jumps fill:#ffffff,stroke:#111,color:#111
            classDef solved fill:#dcfce7,stroke:#15803d,color:#111
            classDef person fill:#fee2e2,stroke:#b91c1c,color:#111
            classDef later fill:#ffedd5,stroke:#c2410c,color:#111

        """;

    /// <summary>One step of each kind, with its shape and colour.</summary>
    const string Legend = """
        flowchart LR
            a{{"question: slot?"}}:::asks
            b["instruction"]:::does
            c[/"tells"/]:::tells
            d{"checks"}:::checks
            e[["acts"]]:::acts
            f>"goes on in another flow"]:::jumps
            g(["solved"]):::solved
            h(["person"]):::person
            i(["later"]):::later
            a ~~~ b ~~~ c ~~~ d ~~~ e
            f ~~~ g ~~~ h ~~~ i

        """ + Colours;

    /// <summary>The chart; questions are hexagons, instructions boxes, checks diamonds, ends round.</summary>
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

        return chart.Append(Colours).ToString();
    }

    static string Shape(Step step) => step switch
    {
        Step.Ask ask => $"{{{{\"{Named(step.Name, ask.Slot)}?\"}}}}:::asks",
        Step.Do => $"[\"{step.Name}\"]:::does",
        Step.Tell => $"[/\"{step.Name}\"/]:::tells",
        Step.Check check => $"{{\"{check.Of}\"}}:::checks",
        Step.Act => $"[[\"{step.Name}\"]]:::acts",
        Step.Jump jump => $">\"{jump.Flow}\"]:::jumps",
        Step.End end => $"([\"{Named(step.Name, KindOf(end))}\"]):::{KindOf(end)}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The name alone where the other says the same.</summary>
    static string Named(string name, string of) => name == of ? name : $"{name}: {of}";

    static string KindOf(Step.End end) => end.Kind.ToString().ToLowerInvariant();

    /// <summary>The page with all drawings, as it stands in the repository.</summary>
    public static string Page(FlowBook book)
    {
        var page = new StringBuilder("""
            # Ways through trouble

            Each file here is one flow. Drawn from the files by `dotnet run --project bot -- knowledge flows --mermaid`; a test keeps this page current.
            Hexagons ask, boxes instruct (done or failed), slanted boxes tell, diamonds check what is known, flags lead into another flow, round boxes end.
            "Help desk", back, skip, why, repeat, later and corrections work at every step and are not drawn.


            """);
        page.Append(CultureInfo.InvariantCulture, $"```mermaid\n{Legend}```\n\n");
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
