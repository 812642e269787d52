using Microsoft.Extensions.AI;
using OpenAI.Embeddings;

namespace SupportBot.Knowledge.Semantics;

/// <summary>The client of OpenAI as a generator of vectors.</summary>
sealed class OpenAIEmbeddings(EmbeddingClient client) : IEmbeddingGenerator<string, Embedding<float>>
{
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, Microsoft.Extensions.AI.EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var answer = await client.GenerateEmbeddingsAsync(values, options: null, cancellationToken);
        return [.. answer.Value.OrderBy(vector => vector.Index).Select(vector => new Embedding<float>(vector.ToFloats()))];
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(client) ? client : null;

    public void Dispose()
    {
    }
}
