using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using SupportBot.Knowledge.ApiKeys;

namespace SupportBot.Bot.Commands;

/// <summary><c>keys</c>: who may use the API. Works beside running servers, which look a key up at every request.</summary>
static class KeysCommand
{
    const int MostName = 60;

    internal static Command Create() => new("keys", "Keys of other systems for the API.") { Add(), List(), Revoke() };

    static Argument<string> Name()
    {
        var name = new Argument<string>("name") { Description = "Whose key it is. Codes belong to the name: a new key under it sees what the revoked one asked for." };
        name.Validators.Add(result =>
        {
            var text = result.GetValueOrDefault<string>();
            if (string.IsNullOrWhiteSpace(text) || text.Length > MostName || text.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.')))
            {
                result.AddError($"A name has 1 to {MostName} letters, digits, hyphens, dots or underscores.");
            }
        });
        return name;
    }

    static Command Add()
    {
        var name = Name();
        var scope = new Option<string>("--scope") { Description = $"What it may do, parted by commas: {string.Join(", ", ApiScopes.All)}.", Required = true };
        scope.Validators.Add(result =>
        {
            var scopes = Scopes(result.GetValueOrDefault<string>() ?? "");
            if (scopes.IsEmpty || scopes.Any(word => !ApiScopes.All.Contains(word)))
            {
                result.AddError($"--scope takes {string.Join(" and ", ApiScopes.All)}, parted by commas.");
            }
        });
        var command = new Command("add", "Make a key and show it, once, on the last line.") { name, scope };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var services = await CommandHost.CreateMigratedAsync(cancellationToken);
            var secret = await services.GetRequiredService<ApiKeyStore>().AddAsync(
                result.GetValue(name)!, Scopes(result.GetValue(scope)!), services.GetRequiredService<TimeProvider>().GetUtcNow(), cancellationToken);
            if (secret is null)
            {
                await CommandLine.Error.WriteLineAsync($"There is a key with the name {result.GetValue(name)}. Revoke it first, or take another name.");
                return 1;
            }

            await CommandLine.Error.WriteLineAsync("Keep this key: it is not shown again.");
            await CommandLine.Output.WriteLineAsync(secret.Value.Value);
            return 0;
        });
        return command;
    }

    static Command List()
    {
        var command = new Command("list", "List all keys, without their secrets.");
        command.SetAction(async (_, cancellationToken) =>
        {
            await using var services = await CommandHost.CreateMigratedAsync(cancellationToken);
            foreach (var key in await services.GetRequiredService<ApiKeyStore>().ListAsync(cancellationToken))
            {
                var state = key.RevokedAt is { } at ? string.Create(CultureInfo.InvariantCulture, $"revoked {at:yyyy-MM-dd HH:mm}Z") : "works";
                await CommandLine.Output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{key.Name}\t{key.Id}\t{string.Join(',', key.Scopes)}\t{key.CreatedAt:yyyy-MM-dd HH:mm}Z\t{state}"));
            }
        });
        return command;
    }

    static Command Revoke()
    {
        var name = Name();
        var command = new Command("revoke", "End a key at once.") { name };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var services = await CommandHost.CreateMigratedAsync(cancellationToken);
            var isRevoked = await services.GetRequiredService<ApiKeyStore>().RevokeAsync(
                result.GetValue(name)!, services.GetRequiredService<TimeProvider>().GetUtcNow(), cancellationToken);
            await CommandLine.Error.WriteLineAsync(isRevoked ? $"The key {result.GetValue(name)} is revoked." : $"No working key has the name {result.GetValue(name)}.");
            return isRevoked ? 0 : 1;
        });
        return command;
    }

    static ImmutableArray<string> Scopes(string text) => [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
}
