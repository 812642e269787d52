using System.CommandLine;

namespace SupportBot.Bot.Commands;

/// <summary>Commands other than serving. Results go to standard output, everything else to standard error.</summary>
static class CommandLine
{
    internal static bool Knows(string[] args) => args.Length > 0 && Root().Subcommands.Any(command => command.Name == args[0]);

    internal static Task<int> RunAsync(string[] args) => Root().Parse(args).InvokeAsync();

    internal static Task WriteErrorAsync(string text) => Error.WriteLineAsync(text);

#pragma warning disable RS0030 // The one place where commands meet the terminal.
    internal static TextWriter Output => Console.Out;

    internal static TextWriter Error => Console.Error;
#pragma warning restore RS0030

    static RootCommand Root() => new("SupportBot: serves the chat, phone and text service; or one of these commands.")
    {
        KnowledgeCommand.Create(),
        MigrateCommand.Create(),
    };
}
