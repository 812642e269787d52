namespace SupportBot.Tests.Audio;

/// <summary>What a caller wants and does, as a text file that anybody can read. README.md beside the files tells the form.</summary>
/// <param name="Settings">Settings of the host, as on its command line.</param>
/// <param name="Reactions">What the caller says whenever a prompt is heard.</param>
/// <param name="Goal">What must have happened at the end.</param>
sealed record CallScript(
    string Name, IReadOnlyList<string> Settings, IReadOnlyList<CallStep> Steps, IReadOnlyList<(string Prompt, string Words)> Reactions, IReadOnlyList<string> Goal)
{
    internal static CallScript Read(string path)
    {
        var settings = new List<string>();
        var steps = new List<CallStep>();
        var reactions = new List<(string, string)>();
        var goal = new List<string>();
        foreach (var (index, text) in File.ReadAllLines(path).Index())
        {
            var (kind, rest) = text.Trim().Split(": ", 2) is [var before, var after] ? (before.Trim(), after.Trim()) : (text.Trim(), "");
            switch (kind)
            {
                case "":
                    break;
                case ['#', ..]:
                    if (rest.Length > 0 && kind.Contains(':', StringComparison.Ordinal))
                    {
                        settings.Add($"--{kind[1..].Trim()}={rest}");
                    }

                    break;
                case "caller":
                    steps.Add(new CallStep.Says(rest.Split('|', StringSplitOptions.TrimEntries)));
                    break;
                case "press":
                    steps.Add(new CallStep.Presses(rest));
                    break;
                case "silence":
                    steps.Add(new CallStep.IsSilent());
                    break;
                case "expect":
                    steps.Add(new CallStep.Expects(rest));
                    break;
                case "goal":
                    goal.Add(rest);
                    break;
                case ['w', 'h', 'e', 'n', ' ', .. var prompt]:
                    reactions.Add((prompt.Trim(), rest));
                    break;
                default:
                    throw new FormatException($"{Path.GetFileName(path)}:{index + 1}: a line begins with #, caller:, press:, silence, expect:, when …: or goal:.");
            }
        }

        return goal.Count > 0
            ? new(Path.GetFileNameWithoutExtension(path), settings, steps, reactions, goal)
            : throw new FormatException($"{Path.GetFileName(path)}: names no goal.");
    }
}

/// <summary>One thing in a call.</summary>
abstract record CallStep
{
    CallStep()
    {
    }

    /// <summary>The caller speaks; the other ways are tried when what was expected is not heard.</summary>
    internal sealed record Says(IReadOnlyList<string> Ways) : CallStep;

    /// <summary>A key, or what the key is for: then the caller presses what was heard.</summary>
    internal sealed record Presses(string Key) : CallStep;

    internal sealed record IsSilent : CallStep;

    /// <summary>The caller must hear this before going on.</summary>
    internal sealed record Expects(string Text) : CallStep;
}
