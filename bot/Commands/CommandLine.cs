using System.CommandLine;

namespace SupportBot.Bot.Commands;

/// <summary>Commands other than serving. Results go to standard output, everything else to standard error.</summary>
static class CommandLine
{
    internal static bool Knows(string[] args) => args.Length > 0 && Root().Subcommands.Any(command => command.Name == args[0]);

    internal static Task<int> RunAsync(string[] args)
    {
        var (words, settings) = Split(args);
        CommandHost.Settings = settings;
        return Root().Parse(words).InvokeAsync();
    }

    /// <summary>Settings have a colon in their name and are the server's; everything else is the command's.</summary>
    static (string[] Words, string[] Settings) Split(string[] args)
    {
        var words = new List<string>();
        var settings = new List<string>();
        for (var index = 0; index < args.Length; index++)
        {
            var isSetting = args[index].StartsWith("--", StringComparison.Ordinal) && args[index].Split('=')[0].Contains(':', StringComparison.Ordinal);
            (isSetting ? settings : words).Add(args[index]);
            if (isSetting && !args[index].Contains('=', StringComparison.Ordinal) && index + 1 < args.Length)
            {
                settings.Add(args[++index]);
            }
        }

        return ([.. words], [.. settings]);
    }

    internal static Task WriteErrorAsync(string text) => Error.WriteLineAsync(text);

#pragma warning disable RS0030 // The one place where commands meet the terminal.
    internal static TextWriter Output => Console.Out;

    internal static TextWriter Error => Console.Error;
#pragma warning restore RS0030

    static RootCommand Root() => new("SupportBot: serves the chat, phone and text service; or one of these commands.")
    {
        KnowledgeCommand.Create(),
        MigrateCommand.Create(),
        KeysCommand.Create(),
        LettersCommand.Create(),
    };
}
