using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.ApiKeys;

public sealed class KeysCommandTests
{
    [Theory, DatabaseMatrix]
    public async Task A_key_is_shown_once_on_the_last_line_works_at_once_and_ends_at_once(Engine engine)
    {
        await using var bot = await BotApplication.StartAsync(engine);

        var added = await RunAsync(bot, 0, "keys", "add", "ssa-signin", "--scope", "passcodes,consents");
        var key = added.TrimEnd().Split('\n')[^1].Trim();
        var listed = await RunAsync(bot, 0, "keys", "list");
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(bot, key));
        await RunAsync(bot, 1, "keys", "add", "ssa-signin", "--scope", "passcodes");
        await RunAsync(bot, 1, "keys", "add", "other", "--scope", "everything");
        await RunAsync(bot, 0, "keys", "revoke", "ssa-signin");

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(bot, key));
        Assert.StartsWith("sbk_", key, StringComparison.Ordinal);
        Assert.Contains("ssa-signin", listed, StringComparison.Ordinal);
        Assert.DoesNotContain(key[^20..], listed, StringComparison.Ordinal);
        Assert.All(await bot.Storage.EverythingAsync(), row => Assert.DoesNotContain(key[^20..], row, StringComparison.Ordinal));
    }

    static async Task<HttpStatusCode> StatusAsync(BotApplication bot, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/passcodes/none") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
        using var answer = await bot.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    static async Task<string> RunAsync(BotApplication bot, int exitCode, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "supportbot.dll"), .. words, .. bot.Storage.Arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(exitCode, process.ExitCode);
        return output;
    }
}
