using System.Security.Cryptography;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Semantics;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Semantics;

/// <summary>The model server under <c>tests/peers/semantics</c>, in a Node process of its own. It ends when its standard input does.</summary>
public sealed class ModelServer : IAsyncLifetime
{
    readonly HttpClient client = new();
    Process process = null!;
    string address = null!;

    public async ValueTask InitializeAsync()
    {
        process = Process.Start(new ProcessStartInfo("node", [RepositoryFolder.Of("tests", "peers", "semantics", "server.mjs")])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        address = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException($"The model server does not start; npm ci in tests/peers/semantics installs it. {await errors}");
    }

    /// <summary>An endpoint that behaves as the script says, with requests of its own.</summary>
    internal ModelEndpoint Open(string script) => new(client, $"{address}/{Uri.EscapeDataString(script)}/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        process.StandardInput.Close();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }
}

/// <summary>One endpoint of the model server.</summary>
sealed class ModelEndpoint(HttpClient client, string address)
{
    internal string Address => $"{address}/v1";

    internal SemanticRanker Ranker(TimeProvider time, int phrasings = 0, bool hasChat = false) => new(
        Options.Create(new SemanticsOptions
        {
            Endpoint = Address, ApiKey = "key-of-the-tests", EmbeddingModel = phrasings > 0 ? "embeddings" : "", ChatModel = hasChat ? "chat" : "",
            Phrasings = Math.Max(1, phrasings), Languages = "en", Timeout = TimeSpan.FromMilliseconds(300),
        }),
        NullLogger<SemanticRanker>.Instance,
        time);

    /// <summary>What came, oldest first.</summary>
    internal async Task<List<ModelRequest>> RequestsAsync() =>
        (await client.GetFromJsonAsync<List<ModelRequest>>($"{address}/requests", TestContext.Current.CancellationToken))!;

    internal async Task<JsonElement> PostAsync(object body) =>
        await (await client.PostAsJsonAsync($"{Address}/embeddings", body, TestContext.Current.CancellationToken)).Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
}

/// <summary>A request as the server tells it.</summary>
sealed record ModelRequest(string Kind, string Authorization, JsonElement Body);
