using System.CommandLine;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Bot.Commands;

/// <summary><c>migrate</c>: brings the database up to date without serving.</summary>
static class MigrateCommand
{
    internal static Command Create()
    {
        var command = new Command("migrate", "Bring the database up to date.");
        command.SetAction(async (_, cancellationToken) =>
        {
            await using var services = CommandHost.Create();
            var applied = await services.GetRequiredService<Migrator>().MigrateAsync(cancellationToken);
            await CommandLine.Output.WriteLineAsync(applied.Count == 0 ? "The database is up to date." : $"Applied {string.Join(", ", applied)}.");
        });
        return command;
    }
}
