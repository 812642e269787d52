using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Signals;

namespace SupportBot.Bot.DirectLine;

/// <summary>Sends a conversation's activities to a socket, in the order of the transcript, as they are committed by any node.</summary>
sealed class DirectLineStream(TranscriptStore transcripts, ISignals signals, TimeProvider time)
{
    /// <summary>Signals may be lost: look anyway.</summary>
    static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(2);

    /// <summary>Runs until the client goes or the application stops.</summary>
    /// <param name="socket">Open.</param>
    /// <param name="conversation">Whose activities.</param>
    /// <param name="after">The watermark that the client has seen.</param>
    /// <param name="stopping">The application stops.</param>
    internal async Task RunAsync(WebSocket socket, ConversationId conversation, int after, CancellationToken stopping)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var sending = SendAsync(socket, conversation, after, gone.Token);
        try
        {
            await Task.WhenAny(ReceiveAsync(socket, gone.Token), sending);
        }
        finally
        {
            await gone.CancelAsync();
            await SettleAsync(sending);

            // Lets go of the waiter that this socket has left behind.
            signals.Raise(conversation.Value);
        }

        await CloseAsync(socket, stopping.IsCancellationRequested ? WebSocketCloseStatus.EndpointUnavailable : WebSocketCloseStatus.NormalClosure);
    }

    /// <summary>An activity set: <c>{"activities":[…],"watermark":"N"}</c>.</summary>
    internal static ReadOnlyMemory<byte> ActivitySet(ImmutableArray<TranscriptEntry> entries, int watermark)
    {
        var written = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(written))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("activities");
            foreach (var entry in entries)
            {
                if (entry.Activity is { } activity)
                {
                    writer.WriteRawValue(activity, skipInputValidation: true);
                }
            }

            writer.WriteEndArray();
            writer.WriteString("watermark", watermark.ToString(CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }

        return written.WrittenMemory;
    }

    /// <summary>The only sender of its socket: nothing can overtake.</summary>
    async Task SendAsync(WebSocket socket, ConversationId conversation, int after, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var next = signals.NextAsync(conversation.Value);
            var entries = await transcripts.ReadAsync(conversation, after, cancellationToken);
            if (!entries.IsEmpty)
            {
                after = entries[^1].Sequence;
                await socket.SendAsync(ActivitySet(entries, after), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
            }

            await Task.WhenAny(next, Task.Delay(lookEvery, time, cancellationToken));
        }
    }

    /// <summary>Clients send empty frames to keep the line open; whatever else they send means nothing here.</summary>
    static async Task ReceiveAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var ignored = new byte[256];
        while (socket.State == WebSocketState.Open)
        {
            var frame = await socket.ReceiveAsync(ignored.AsMemory(), cancellationToken);
            if (frame.MessageType == WebSocketMessageType.Close)
            {
                return;
            }
        }
    }

    static async Task SettleAsync(Task sending)
    {
        try
        {
            await sending;
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            // The client went in the middle of a frame: it comes back with the watermark it has.
        }
    }

    static async Task CloseAsync(WebSocket socket, WebSocketCloseStatus status)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            return;
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await socket.CloseOutputAsync(status, statusDescription: null, patience.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            // Gone already.
        }
    }
}
