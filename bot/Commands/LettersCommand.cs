using System.CommandLine;

namespace SupportBot.Bot.Commands;

/// <summary><c>letters print</c>: the print batch now, beside a running server or from a scheduler.</summary>
static class LettersCommand
{
    internal static Command Create()
    {
        var print = new Command("print", "Print the letters that wait: a folder with a manifest and one PDF each. May be run again at any time.");
        print.SetAction(async (_, cancellationToken) =>
        {
            await using var services = await CommandHost.CreateMigratedAsync(cancellationToken, BotModule.AddLetters);
            var folders = await BotModule.PrintLettersAsync(services, cancellationToken);
            if (folders is null)
            {
                await CommandLine.Error.WriteLineAsync("Another print run is at work.");
                return 1;
            }

            foreach (var folder in folders)
            {
                await CommandLine.Output.WriteLineAsync(folder);
            }

            return 0;
        });
        return new("letters", "Codes that go by mail.") { print };
    }
}
