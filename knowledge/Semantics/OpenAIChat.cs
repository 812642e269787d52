using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace SupportBot.Knowledge.Semantics;

/// <summary>The client of OpenAI as a chat client for text: what choosing a candidate needs, no tools, no pictures.</summary>
sealed class OpenAIChat(ChatClient client) : IChatClient
{
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var asked = messages.Select(message => message.Role == ChatRole.System
            ? (OpenAI.Chat.ChatMessage)new SystemChatMessage(message.Text)
            : message.Role == ChatRole.Assistant ? new AssistantChatMessage(message.Text) : new UserChatMessage(message.Text));
        var answer = await client.CompleteChatAsync(
            asked, new ChatCompletionOptions { Temperature = options?.Temperature, MaxOutputTokenCount = options?.MaxOutputTokens }, cancellationToken);
        return new(new ChatMessage(ChatRole.Assistant, string.Concat(answer.Value.Content.Select(part => part.Text))));
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
        {
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(client) ? client : null;

    public void Dispose()
    {
    }
}
