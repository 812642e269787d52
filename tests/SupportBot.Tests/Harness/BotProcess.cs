using System.Diagnostics;
using System.Text.RegularExpressions;
using SupportBot.Ivr.Carriers;

namespace SupportBot.Tests.Harness;

/// <summary>The service as a process of its own.</summary>
sealed partial class BotProcess : IAsyncDisposable
{
    /// <summary>What webhooks are signed with.</summary>
    internal const string AuthToken = "token-of-the-tests";

    readonly Process process;

    BotProcess(Process process, string address)
    {
        this.process = process;
        Client = new() { BaseAddress = new(address), Timeout = TimeSpan.FromSeconds(60) };
    }

    internal HttpClient Client { get; }

    /// <summary>Started and answering.</summary>
    /// <param name="settings">As on the command line.</param>
    internal static Task<BotProcess> StartAsync(params string[] settings) => StartAsync("supportbot.dll", settings);

    /// <summary>The phone side by itself, started and answering.</summary>
    internal static Task<BotProcess> StartIvrAsync(params string[] settings) => StartAsync("supportbot-ivr.dll", settings);

    static async Task<BotProcess> StartAsync(string program, string[] settings)
    {
        var started = Process.Start(new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, program), "--urls=http://127.0.0.1:0", $"--Twilio:AuthToken={AuthToken}", .. settings])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var answering = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        started.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                answering.TrySetException(new InvalidOperationException("The service ended at its start."));
            }
            else if (Answering().Match(line.Data) is { Success: true } match)
            {
                answering.TrySetResult(match.Groups["address"].Value);
            }
        };
        started.ErrorDataReceived += (_, _) => { };
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        return new(started, await answering.Task);
    }

    /// <summary>Posts a form as the carrier does.</summary>
    internal async Task<string> PostSignedAsync(string path, IReadOnlyCollection<KeyValuePair<string, string>> form)
    {
        var url = new Uri(Client.BaseAddress!, path);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add("X-Twilio-Signature", TwilioSignature.Compute(AuthToken, url.ToString(), form));
        using var answer = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }

    [GeneratedRegex(@"(?:SupportBot answers on|Now listening on:) (?<address>http://127\.0\.0\.1:\d+)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Answering();
}
