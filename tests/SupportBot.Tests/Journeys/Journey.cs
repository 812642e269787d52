using System.Globalization;
using SupportBot.Knowledge.Conversations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Journeys;

/// <summary>A conversation as a text file that anybody can read. README.md beside the files tells the form.</summary>
sealed record Journey(string Name, Channel Channel, IReadOnlyDictionary<string, string> Headers, IReadOnlyList<Step> Steps)
{
    internal const string DefaultContact = "+12025550123";

    /// <summary>The person's number.</summary>
    internal string Contact => Headers.GetValueOrDefault("from", DefaultContact);

    /// <summary>Our number that is called or texted.</summary>
    internal string Ours => Headers.GetValueOrDefault("to", "+12025550100");

    /// <summary>What the page says of itself.</summary>
    internal string? Agency => Headers.GetValueOrDefault("agency");

    internal DateTimeOffset Start => Headers.TryGetValue("now", out var now) ? DateTimeOffset.Parse(now, CultureInfo.InvariantCulture) : ManualTime.WorkingDay;

    /// <summary>Headers with a colon in their name are settings of the host: <c># HelpDesk:State: closed</c>.</summary>
    internal string[] Settings => [.. Headers.Where(header => header.Key.Contains(':', StringComparison.Ordinal)).Select(header => $"--{header.Key}={header.Value}")];

    /// <summary>Both databases unless the file names one.</summary>
    internal IEnumerable<Engine> Engines => Headers.TryGetValue("database", out var name) ? [Enum.Parse<Engine>(name, ignoreCase: true)] : Enum.GetValues<Engine>();

    internal static Journey Read(string path)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        var steps = new List<Step>();
        foreach (var (index, text) in File.ReadAllLines(path).Index())
        {
            var line = text.Trim();
            var rest = line.Length > 1 ? line[1..].Trim() : "";
            switch (line)
            {
                case "":
                    break;
                case ['#', ..] when steps.Count == 0 && rest.LastIndexOf(": ", StringComparison.Ordinal) is var colon and > 0:
                    headers[rest[..colon]] = rest[(colon + 2)..].Trim();
                    break;
                case ['#', ..]:
                    break;
                case ['<', ..] when steps is [.., Step.Answered answered]:
                    steps[^1] = answered with { Text = $"{answered.Text}\n{rest}" };
                    break;
                case ['<', ..]:
                    steps.Add(new Step.Answered(index + 1, rest));
                    break;
                case ['>', ..]:
                    steps.Add(new Step.Said(index + 1, rest));
                    break;
                case ['!', ..]:
                    steps.Add(new Step.Carried(index + 1, rest));
                    break;
                case ['@', ..]:
                    steps.Add(new Step.Happened(index + 1, rest));
                    break;
                default:
                    throw new FormatException($"{Path.GetFileName(path)}:{index + 1}: a line begins with # > < ! or @.");
            }
        }

        return headers.TryGetValue("channel", out var channel)
            ? new(Path.GetFileNameWithoutExtension(path), Enum.Parse<Channel>(channel, ignoreCase: true), headers, steps)
            : throw new FormatException($"{Path.GetFileName(path)}:1: names no channel.");
    }
}

/// <summary>One thing in a journey.</summary>
abstract record Step(int Line)
{
    /// <summary><c>&gt;</c>: the person says, types or keys something.</summary>
    internal sealed record Said(int Line, string Text) : Step(Line);

    /// <summary><c>&lt;</c>: the whole answer, in one or more lines.</summary>
    internal sealed record Answered(int Line, string Text) : Step(Line);

    /// <summary><c>!</c>: the next text that was handed to the carrier for this person.</summary>
    internal sealed record Carried(int Line, string Text) : Step(Line);

    /// <summary><c>@</c>: something happens to the service or the clock.</summary>
    internal sealed record Happened(int Line, string Text) : Step(Line);
}
